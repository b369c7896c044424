#include "io/h5_heap.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "io/h5_library.hpp"

namespace instar::io::h5 {
namespace {

constexpr std::size_t kHeader = 16;
constexpr std::size_t kKeptBytes = std::size_t{16} << 20;

Heaps* g_current = nullptr;

herr_t refuse(const char* problem) {
  H5Epush2(H5E_DEFAULT, __FILE__, __func__, __LINE__, H5E_ERR_CLS, H5E_HEAP, H5E_CANTLOAD, "%s", problem);
  return -1;
}

// A type as the file has it differs from the same made anew, which is in memory.
bool is_in_memory(hid_t type) {
  if (H5Tis_variable_str(type) > 0) return H5Tget_size(type) == sizeof(char*);
  const Id base(H5Tget_super(type));
  const Id made(H5Tvlen_create(base.get()));
  return H5Tequal(type, made.get()) > 0;
}

// Text, or lists whose elements are the same bytes in the file and in memory.
bool converts(hid_t from, hid_t to) {
  const bool text = H5Tis_variable_str(from) > 0;
  if (text != (H5Tis_variable_str(to) > 0)) return false;
  return !is_in_memory(from) && is_in_memory(to) && H5Tget_size(from) > 8 && H5Tget_size(from) <= 16;
}

std::size_t element_bytes(hid_t from, hid_t to) {
  if (H5Tis_variable_str(from) > 0) return 1;
  const Id base(H5Tget_super(from));
  const Id target(H5Tget_super(to));
  const bool plain = H5Tequal(base.get(), target.get()) > 0 && H5Tdetect_class(base.get(), H5T_VLEN) == 0 &&
                     H5Tdetect_class(base.get(), H5T_REFERENCE) == 0;
  return plain ? H5Tget_size(base.get()) : 0;
}

// One element: its length (4 bytes), the address of its collection, its number there (4 bytes).
bool convert_element(const unsigned char* stored, std::size_t stored_size, std::size_t element, bool text,
                     unsigned char* out) {
  const std::uint64_t address = little_endian(stored + 4, static_cast<int>(stored_size) - 8);
  const std::size_t count = little_endian(stored, 4);
  const auto number = static_cast<std::uint32_t>(little_endian(stored + stored_size - 4, 4));
  unsigned char* made = nullptr;
  hvl_t list{0, nullptr};
  if (address != 0) {  // else it was never written
    std::span<const unsigned char> bytes;
    if (count > 0) {
      const auto found = g_current->find(address, number, count * element);
      if (!found) return false;
      bytes = *found;
    }
    made = static_cast<unsigned char*>(std::malloc(bytes.size() + 1));  // the library frees it
    if (made == nullptr) return false;
    if (!bytes.empty()) std::memcpy(made, bytes.data(), bytes.size());
    made[bytes.size()] = 0;
    list = {count, made};
  }
  if (text)
    std::memcpy(out, &made, sizeof made);
  else
    std::memcpy(out, &list, sizeof list);
  return true;
}

herr_t convert(hid_t from, hid_t to, H5T_cdata_t* data, std::size_t count, std::size_t stride, std::size_t,
               void* buffer, void*, hid_t) {
  if (data->command == H5T_CONV_FREE) return 0;
  if (data->command == H5T_CONV_INIT) {
    data->need_bkg = H5T_BKG_NO;
    return converts(from, to) ? 0 : -1;  // refused: the library's own conversion, for writing
  }
  if (g_current == nullptr) return refuse("text is read from a file that is not known");
  const std::size_t stored = H5Tget_size(from);
  const std::size_t element = element_bytes(from, to);
  if (element == 0) return refuse("lists of this type are not read");
  const bool text = H5Tis_variable_str(from) > 0;
  const std::size_t made = H5Tget_size(to);
  auto* bytes = static_cast<unsigned char*>(buffer);
  for (std::size_t i = 0; i < count; ++i) {  // what is made is no longer than what is stored
    unsigned char reference[16];
    std::memcpy(reference, bytes + i * (stride != 0 ? stride : stored), stored);
    if (!convert_element(reference, stored, element, text, bytes + i * (stride != 0 ? stride : made)))
      return refuse("text refers to a place in the file where it is not");
  }
  return 0;
}

}  // namespace

std::uint64_t little_endian(const unsigned char* bytes, int count) {
  std::uint64_t value = 0;
  for (int i = count; i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

// A header of 16 bytes, then objects of a header of 16 bytes (number 2, references 2, reserved 4, size 8) and data
// padded to 8; number 0 is the free space, whose size includes its header. Sizes have 8 bytes, as all writers have
// them.
std::optional<Collection> Collection::parse(std::vector<unsigned char> bytes) {
  Collection result;
  std::size_t at = kHeader;
  while (bytes.size() >= at + kHeader) {
    const auto number = static_cast<std::uint32_t>(little_endian(&bytes[at], 2));
    const std::uint64_t size = little_endian(&bytes[at + 8], 8);
    const std::uint64_t left = bytes.size() - at;
    if (number == 0) {
      if (size < kHeader || size > left) return std::nullopt;
      break;
    }
    if (size > left - kHeader) return std::nullopt;
    if (!result.objects_.emplace(number, Place{at + kHeader, size}).second) return std::nullopt;
    at += std::min<std::uint64_t>(left, kHeader + (size + 7) / 8 * 8);
  }
  result.bytes_ = std::move(bytes);
  return result;
}

std::optional<std::span<const unsigned char>> Collection::object(std::uint32_t number) const {
  const auto found = objects_.find(number);
  if (found == objects_.end()) return std::nullopt;
  return std::span(bytes_).subspan(found->second.begin, found->second.size);
}

std::optional<std::span<const unsigned char>> Heaps::find(std::uint64_t address, std::uint32_t number,
                                                          std::size_t length) {
  auto found = known_.find(address);
  if (found == known_.end()) {
    auto collection = read_(address);
    if (!collection) return std::nullopt;
    if (bytes_ > kKeptBytes) {
      known_.clear();
      bytes_ = 0;
    }
    bytes_ += collection->size();
    found = known_.emplace(address, std::move(*collection)).first;
  }
  const auto object = found->second.object(number);
  if (!object || object->size() < length) return std::nullopt;
  return object->subspan(0, length);
}

ReadingFrom::ReadingFrom(std::int64_t object) : before_(g_current) { g_current = heaps_of(object); }

ReadingFrom::~ReadingFrom() { g_current = before_; }

void register_heaps() {
  const Id text = text_type();
  H5Tregister(H5T_PERS_SOFT, "instar", text.get(), text.get(), convert);
}

}  // namespace instar::io::h5
