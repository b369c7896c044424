// How the library reaches files: a driver of ours instead of its own (sec2), since version 1.10 cannot bear two things.
// Where a write fails it frees its cache twice; so a failed write is noted, called a success, and turned into a
// DataError by us. Where a collection of variable-length data (global heap) is damaged it reads beyond its memory; so
// collections are checked as they are read, and so are headers and indices (h5_structure.hpp). Text is read by
// h5_heap.cpp.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_set>
#include <vector>

#include "io/h5_library.hpp"
#include "io/h5_structure.hpp"

namespace instar::io::h5 {
namespace {

constexpr haddr_t kLargestAddress = (haddr_t{1} << 62) - 1;

int g_write_error = 0;

struct Driver {
  H5FD_t common{};  // first: the library sees only this part
  int descriptor = -1;
  haddr_t allocated = 0;
  haddr_t end = 0;
  bool writable = false;
  std::unique_ptr<Heaps> heaps;  // of a file that is only read: in others they may change
  std::unique_ptr<Structure> structure;
  std::unordered_set<std::uint64_t> whole_chunks;
  ChunkPlace* wanted = nullptr;  // not null: what is read of data is noted there instead, see ChunkFinder
};

Driver& driver(H5FD_t* file) { return *reinterpret_cast<Driver*>(file); }
const Driver& driver(const H5FD_t* file) { return *reinterpret_cast<const Driver*>(file); }

herr_t close_file(H5FD_t* file) {
  const std::unique_ptr<Driver> owned(&driver(file));
  return ::close(owned->descriptor) == 0 ? 0 : -1;
}

herr_t get_handle(H5FD_t* file, hid_t, void** handle) {
  *handle = &driver(file);
  return 0;
}

// In files that are only read nothing is accumulated: each structure is then asked for by itself, and can be looked at.
herr_t query(const H5FD_t* file, unsigned long* flags) {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA |
           H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  if (file == nullptr || driver(file).writable) *flags |= H5FD_FEAT_ACCUMULATE_METADATA;
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

bool is_collection(const unsigned char* bytes, std::size_t size) {
  constexpr unsigned char kStart[] = {'G', 'C', 'O', 'L', 1, 0, 0, 0};
  return size >= 16 && std::memcmp(bytes, kStart, sizeof kStart) == 0;
}

// Nothing where there is no sound collection at that address of the disk.
std::optional<Collection> read_collection(const Driver& from, haddr_t address) {
  unsigned char head[16];
  if (address > from.end || from.end - address < sizeof head || !read_at(from.descriptor, address, sizeof head, head) ||
      !is_collection(head, sizeof head))
    return std::nullopt;
  const std::uint64_t whole = little_endian(head + 8, 8);
  if (whole < 4096 || whole > from.end - address) return std::nullopt;
  std::vector<unsigned char> bytes(whole);
  if (!read_at(from.descriptor, address, whole, bytes.data())) return std::nullopt;
  return Collection::parse(std::move(bytes));
}

herr_t refuse(const Unsound& why) {
  H5Epush2(H5E_DEFAULT, __FILE__, __func__, __LINE__, H5E_ERR_CLS, H5E_FILE, H5E_READERROR, "%s%s|%s", kUnsound,
           why.problem, why.advice);
  return -1;
}

// The superblock is at the beginning, or behind a user block of 512, 1024, 2048, ... bytes. Where there is none the
// library says so.
bool prepare_checks(Driver& file) {
  std::array<unsigned char, 64> start{};
  for (haddr_t at = 0; at + start.size() <= file.end; at = at == 0 ? 512 : 2 * at) {
    if (!read_at(file.descriptor, at, start.size(), start.data())) return false;
    if (std::memcmp(start.data(), "\x89HDF\r\n\x1a\n", 8) != 0) continue;
    const DiskReader read = [from = &file](std::uint64_t address, std::size_t size, unsigned char* out) {
      const haddr_t base = from->common.base_addr;
      // The library reads up to where the superblock says that the file ends, not less than that.
      const haddr_t end = std::min(from->end, from->allocated);
      const bool within = base <= end && address < end - base && size <= end - base - address;
      return within && read_at(from->descriptor, base + address, size, out);
    };
    try {
      file.structure = std::make_unique<Structure>(read, start);
    } catch (const Unsound& why) {
      return refuse(why) == 0;
    }
    return true;
  }
  return true;
}

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
  file->writable = (flags & H5F_ACC_RDWR) != 0;
  if (!file->writable && !prepare_checks(*file)) {
    ::close(file->descriptor);
    return nullptr;
  }
  if (!file->writable)
    file->heaps = std::make_unique<Heaps>([from = file.get()](std::uint64_t address) {
      const haddr_t base = from->common.base_addr;
      return address < kLargestAddress ? read_collection(*from, base + address) : std::nullopt;
    });
  return &file.release()->common;
}

// What the library is about to believe is looked at first.
void see(const Driver& from, H5FD_mem_t kind, haddr_t address, std::span<const unsigned char> bytes) {
  if (kind == H5FD_MEM_OHDR) from.structure->see_header(address, bytes);
  if (kind == H5FD_MEM_BTREE) from.structure->see_tree(address, bytes);
  if (is_collection(bytes.data(), bytes.size()))
    require(read_collection(from, from.common.base_addr + address).has_value(), "a collection of texts is damaged");
}

herr_t read_bytes(H5FD_t* file, H5FD_mem_t kind, hid_t, haddr_t address, std::size_t size, void* buffer) {
  const Driver& from = driver(file);
  if (from.wanted != nullptr && kind == H5FD_MEM_DRAW) {
    *from.wanted = {address, size};
    return 0;
  }
  auto* out = static_cast<unsigned char*>(buffer);
  if (!read_at(from.descriptor, address, size, out)) return -1;
  if (from.structure == nullptr || kind == H5FD_MEM_DRAW) return 0;
  try {
    see(from, kind, address - from.common.base_addr, {out, size});
  } catch (const Unsound& why) {
    return refuse(why);
  }
  return 0;
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
    d.get_handle = get_handle;
    d.read = read_bytes;
    d.write = write_bytes;
    d.truncate = truncate_file;
    const H5FD_mem_t kinds[] = H5FD_FLMAP_DICHOTOMY;
    std::copy(std::begin(kinds), std::end(kinds), d.fl_map);
    return d;
  }();
  return H5FDregister(&description);
}

hid_t driver_id() {
  static const hid_t id = register_driver();
  return id;
}

// Null where the file is not one of ours.
Driver* driver_of(hid_t file) {
  const Id access(H5Fget_access_plist(file));
  void* handle = nullptr;
  if (!access.valid() || H5Pget_driver(access.get()) != driver_id() ||
      H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) < 0)
    return nullptr;
  return static_cast<Driver*>(handle);
}

}  // namespace

void use_driver(const Id& access) { H5Pset_driver(access.get(), driver_id(), nullptr); }

Heaps* heaps_of(std::int64_t object) {
  const Id file(H5Iget_file_id(object));
  Driver* owner = driver_of(file.get());
  return owner == nullptr ? nullptr : owner->heaps.get();
}

int descriptor_of(std::int64_t object) {
  const Id file(H5Iget_file_id(object));
  const Driver* owner = driver_of(file.get());
  return owner == nullptr || owner->writable ? -1 : owner->descriptor;
}

std::uint64_t stored_chunk_bytes(std::int64_t dataset) {
  const Id file(H5Iget_file_id(dataset));
  const Driver* owner = driver_of(file.get());
  H5O_info_t about;
  if (owner == nullptr || owner->structure == nullptr || H5Oget_info2(dataset, &about, H5O_INFO_BASIC) < 0) return 0;
  return owner->structure->chunk_bytes(about.addr);
}

std::unordered_set<std::uint64_t>* whole_chunks_of(std::int64_t dataset) {
  const Id file(H5Iget_file_id(dataset));
  Driver* owner = driver_of(file.get());
  return owner == nullptr ? nullptr : &owner->whole_chunks;
}

Index stored_bytes_of(std::int64_t object) {
  const Id file(H5Iget_file_id(object));
  const Driver* owner = driver_of(file.get());
  return owner == nullptr || owner->writable ? std::numeric_limits<Index>::max() : static_cast<Index>(owner->end);
}

// The library tells where a chunk is only by going through all of them (H5Dget_chunk_info_by_coord of 1.10), but it
// finds one quickly to read it: so it is asked to, and stopped at the driver.
ChunkFinder::ChunkFinder(std::int64_t dataset) : dataset_(dataset) {
  const Id file(H5Iget_file_id(dataset));
  Driver* owner = driver_of(file.get());
  if (owner != nullptr && !owner->writable) driver_ = owner;
}

ChunkPlace ChunkFinder::find(const std::vector<std::uint64_t>& start) const {
  auto* const owner = static_cast<Driver*>(driver_);
  const std::vector<hsize_t> offset(start.begin(), start.end());
  hsize_t size = 0;
  if (owner == nullptr || H5Dget_chunk_storage_size(dataset_, offset.data(), &size) < 0 || size == 0 ||
      size > owner->end)
    return {};
  static std::unique_ptr<std::byte[]> unused;  // should a version of the library read some other way; else not touched
  static hsize_t room = 0;
  if (room < size) {
    unused = std::make_unique_for_overwrite<std::byte[]>(size);
    room = size;
  }
  ChunkPlace place;
  std::uint32_t skipped = 0;
  owner->wanted = &place;
  const bool found = H5Dread_chunk(dataset_, H5P_DEFAULT, offset.data(), &skipped, unused.get()) >= 0;
  owner->wanted = nullptr;
  place.skipped = skipped;
  return found && place.size == size ? place : ChunkPlace{};
}

bool read_stored(int descriptor, const ChunkPlace& place, std::byte* out) {
  struct stat about {};
  return ::fstat(descriptor, &about) == 0 && place.address <= static_cast<std::uint64_t>(about.st_size) &&
         place.size <= static_cast<std::uint64_t>(about.st_size) - place.address &&
         read_at(descriptor, place.address, place.size, reinterpret_cast<unsigned char*>(out));
}

int write_error() { return g_write_error; }

void forget_write_error() { g_write_error = 0; }

}  // namespace instar::io::h5
