// How the library reaches files: a driver of ours instead of its own (sec2), since version 1.10 cannot bear two things.
// Where a write fails it frees its cache twice; so a failed write is noted, called a success, and turned into a
// DataError by us. Where a collection of variable-length data (global heap) is damaged it reads beyond its memory; so
// collections are checked as they are read. Text in them is read by h5_heap.cpp.

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "io/h5_library.hpp"

namespace instar::io::h5 {
namespace {

constexpr haddr_t kLargestAddress = (haddr_t{1} << 62) - 1;
// A larger chunk is left to the library.
constexpr hsize_t kLargestStored = hsize_t{64} << 20;

int g_write_error = 0;

struct Driver {
  H5FD_t common{};  // first: the library sees only this part
  int descriptor = -1;
  haddr_t allocated = 0;
  haddr_t end = 0;
  bool writable = false;
  unsigned chunk_tree_rank = 32;  // half the children of a node of a B-tree of chunks, unless the file says otherwise
  std::unique_ptr<Heaps> heaps;   // of a file that is only read: in others they may change
  ChunkPlace* wanted = nullptr;   // not null: what is read of data is noted there instead, see find_chunk()
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
  if (!file->writable)
    file->heaps = std::make_unique<Heaps>([from = file.get()](std::uint64_t address) {
      const haddr_t base = from->common.base_addr;
      return address < kLargestAddress ? read_collection(*from, base + address) : std::nullopt;
    });
  return &file.release()->common;
}

// A node of a version 1 B-tree (III.A.1) leads to nodes one level lower; where one leads to itself the library recurses
// until its stack is full. A header of 24 bytes, then keys and addresses by turns.
bool is_sound_tree_node(const Driver& from, const unsigned char* bytes, std::size_t size) {
  constexpr std::size_t kTreeHeader = 24;
  constexpr std::size_t kAddress = 8;
  if (size < kTreeHeader || std::memcmp(bytes, "TREE", 4) != 0 || bytes[5] == 0) return true;
  std::size_t key = 8;  // of groups: an offset into a heap; of chunks: their size, filters and offsets
  if (bytes[4] == 1) {
    const std::size_t children = 2 * std::size_t{from.chunk_tree_rank};
    key = size > kTreeHeader + children * kAddress ? (size - kTreeHeader - children * kAddress) / (children + 1) : 0;
    if (key < 16 || key % 8 != 0) return false;
  }
  const std::uint64_t entries = little_endian(bytes + 6, 2);
  for (std::uint64_t i = 0; i < entries; ++i) {
    const std::size_t at = kTreeHeader + key + i * (key + kAddress);
    if (at + kAddress > size) return false;
    const haddr_t address = from.common.base_addr + little_endian(bytes + at, kAddress);
    unsigned char child[6];
    if (address > from.end || !read_at(from.descriptor, address, sizeof child, child)) return false;
    if (std::memcmp(child, bytes, 5) != 0 || child[5] + 1 != bytes[5]) return false;
  }
  return true;
}

herr_t read_bytes(H5FD_t* file, H5FD_mem_t kind, hid_t, haddr_t address, std::size_t size, void* buffer) {
  const Driver& from = driver(file);
  if (from.wanted != nullptr && kind == H5FD_MEM_DRAW) {
    *from.wanted = {address, size};
    return 0;
  }
  auto* out = static_cast<unsigned char*>(buffer);
  if (!read_at(from.descriptor, address, size, out)) return -1;
  if (!from.writable && !is_sound_tree_node(from, out, size)) return -1;
  if (!is_collection(out, size)) return 0;
  return read_collection(from, address) ? 0 : -1;
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

void note_tree_rank(std::int64_t file) {
  const Id creation(H5Fget_create_plist(file));
  Driver* owner = driver_of(file);
  unsigned rank = 0;
  if (owner != nullptr && H5Pget_istore_k(creation.get(), &rank) >= 0) owner->chunk_tree_rank = rank;
}

int descriptor_of(std::int64_t object) {
  const Id file(H5Iget_file_id(object));
  const Driver* owner = driver_of(file.get());
  return owner == nullptr || owner->writable ? -1 : owner->descriptor;
}

// The library tells where a chunk is only by going through all of them (H5Dget_chunk_info_by_coord of 1.10), but it
// finds one quickly to read it: so it is asked to, and stopped at the driver.
ChunkPlace find_chunk(std::int64_t dataset, const std::vector<std::uint64_t>& start) {
  const Id file(H5Iget_file_id(dataset));
  Driver* owner = driver_of(file.get());
  const std::vector<hsize_t> offset(start.begin(), start.end());
  hsize_t size = 0;
  if (owner == nullptr || owner->writable || H5Dget_chunk_storage_size(dataset, offset.data(), &size) < 0 || size == 0)
    return {};
  static std::vector<std::byte> unused;  // should a version of the library read some other way
  if (size > kLargestStored) return {};
  if (unused.size() < size) unused.resize(size);
  ChunkPlace place;
  std::uint32_t skipped = 0;
  owner->wanted = &place;
  const bool found = H5Dread_chunk(dataset, H5P_DEFAULT, offset.data(), &skipped, unused.data()) >= 0;
  owner->wanted = nullptr;
  return found && skipped == 0 && place.size == size ? place : ChunkPlace{};
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
