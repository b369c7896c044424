// How the library reaches files: a driver of ours instead of its own (sec2), since version 1.10 cannot bear two things.
// Where a write fails it frees its cache twice; so a failed write is noted, called a success, and turned into a
// DataError by us. Where a collection of variable-length data (global heap) is damaged it reads beyond its memory; so
// collections are checked as they are read.

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "io/h5_library.hpp"

namespace instar::io::h5 {
namespace {

constexpr haddr_t kLargestAddress = (haddr_t{1} << 62) - 1;

int g_write_error = 0;

struct Driver {
  H5FD_t common{};  // first: the library sees only this part
  int descriptor = -1;
  haddr_t allocated = 0;
  haddr_t end = 0;
};

Driver& driver(H5FD_t* file) { return *reinterpret_cast<Driver*>(file); }
const Driver& driver(const H5FD_t* file) { return *reinterpret_cast<const Driver*>(file); }

H5FD_t* open_file(const char* name, unsigned flags, hid_t, haddr_t) {
  int mode = (flags & H5F_ACC_RDWR) != 0 ? O_RDWR : O_RDONLY;
  if ((flags & H5F_ACC_TRUNC) != 0) mode |= O_TRUNC;
  if ((flags & H5F_ACC_CREAT) != 0) mode |= O_CREAT;
  auto file = std::make_unique<Driver>();
  file->descriptor = ::open(name, mode | O_CLOEXEC, 0666);
  struct stat about {};
  if (file->descriptor < 0) return nullptr;
  if (::fstat(file->descriptor, &about) != 0) {
    ::close(file->descriptor);
    return nullptr;
  }
  file->end = static_cast<haddr_t>(about.st_size);
  return &file.release()->common;
}

herr_t close_file(H5FD_t* file) {
  const std::unique_ptr<Driver> owned(&driver(file));
  return ::close(owned->descriptor) == 0 ? 0 : -1;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  return 0;
}

haddr_t get_eoa(const H5FD_t* file, H5FD_mem_t) { return driver(file).allocated; }
haddr_t get_eof(const H5FD_t* file, H5FD_mem_t) { return driver(file).end; }

herr_t set_eoa(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  driver(file).allocated = address;
  return 0;
}

/// Reads `size` bytes; what lies beyond the end is zero. @returns false where reading fails
bool read_at(int descriptor, haddr_t address, std::size_t size, unsigned char* out) {
  while (size > 0) {
    const ssize_t got = ::pread(descriptor, out, size, static_cast<off_t>(address));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    out += got;
    size -= static_cast<std::size_t>(got);
    address += static_cast<haddr_t>(got);
  }
  std::memset(out, 0, size);
  return true;
}

std::uint64_t little_endian(const unsigned char* bytes, int count) {
  std::uint64_t value = 0;
  for (int i = count; i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

bool is_collection(const unsigned char* bytes, std::size_t size) {
  constexpr unsigned char kStart[] = {'G', 'C', 'O', 'L', 1, 0, 0, 0};
  return size >= 16 && std::memcmp(bytes, kStart, sizeof kStart) == 0;
}

// HDF5 file format, III.E: a header of 16 bytes, then objects of a header of 16 bytes (index 2, references 2, reserved
// 4, size 8) and data padded to 8; index 0 is the free space, whose size includes its header. Sizes have 8 bytes, as
// all writers have them.
bool is_sound_collection(const std::vector<unsigned char>& bytes) {
  std::size_t at = 16;
  while (bytes.size() - at >= 16) {
    const std::uint64_t index = little_endian(&bytes[at], 2);
    const std::uint64_t size = little_endian(&bytes[at + 8], 8);
    const std::uint64_t left = bytes.size() - at;
    if (index == 0) return size >= 16 && size <= left;
    if (size > left - 16) return false;
    at += std::min<std::uint64_t>(left, 16 + (size + 7) / 8 * 8);
  }
  return true;
}

herr_t read_bytes(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, void* buffer) {
  const Driver& from = driver(file);
  auto* out = static_cast<unsigned char*>(buffer);
  if (!read_at(from.descriptor, address, size, out)) return -1;
  if (!is_collection(out, size)) return 0;
  const std::uint64_t whole = little_endian(out + 8, 8);
  if (whole < 4096 || address > from.end || whole > from.end - address) return -1;
  std::vector<unsigned char> collection(whole);
  if (!read_at(from.descriptor, address, whole, collection.data())) return -1;
  return is_sound_collection(collection) ? 0 : -1;
}

herr_t write_bytes(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, const void* buffer) {
  Driver& to = driver(file);
  to.end = std::max(to.end, address + size);
  const auto* from = static_cast<const unsigned char*>(buffer);
  while (size > 0 && g_write_error == 0) {
    const ssize_t written = ::pwrite(to.descriptor, from, size, static_cast<off_t>(address));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      g_write_error = written == 0 ? EIO : errno;
      break;
    }
    from += written;
    size -= static_cast<std::size_t>(written);
    address += static_cast<haddr_t>(written);
  }
  return 0;
}

herr_t truncate_file(H5FD_t* file, hid_t, hbool_t) {
  Driver& to = driver(file);
  if (to.end == to.allocated) return 0;
  if (g_write_error == 0 && ::ftruncate(to.descriptor, static_cast<off_t>(to.allocated)) != 0) g_write_error = errno;
  to.end = to.allocated;
  return 0;
}

hid_t register_driver() {
  static const H5FD_class_t description = [] {
    H5FD_class_t d{};
    d.name = "instar";
    d.maxaddr = kLargestAddress;
    d.fc_degree = H5F_CLOSE_WEAK;
    d.open = open_file;
    d.close = close_file;
    d.query = query;
    d.get_eoa = get_eoa;
    d.set_eoa = set_eoa;
    d.get_eof = get_eof;
    d.read = read_bytes;
    d.write = write_bytes;
    d.truncate = truncate_file;
    const H5FD_mem_t kinds[] = H5FD_FLMAP_DICHOTOMY;
    std::copy(std::begin(kinds), std::end(kinds), d.fl_map);
    return d;
  }();
  return H5FDregister(&description);
}

}  // namespace

void use_driver(const Id& access) {
  static const hid_t id = register_driver();
  H5Pset_driver(access.get(), id, nullptr);
}

int write_error() { return g_write_error; }

void forget_write_error() { g_write_error = 0; }

}  // namespace instar::io::h5
