#include <algorithm>
#include <cstring>
#include <limits>

#include "core/error.hpp"
#include "io/h5_chunks.hpp"
#include "io/h5_filters.hpp"

namespace instar::io::h5 {
namespace {

// Below this, a declared size needs no proof that it is stored.
constexpr Index kAlwaysAccepted = Index{64} << 20;
// Deflate cannot shrink more than 1032 to 1 (zlib's technical notes); other filters get the benefit of a lower doubt.
constexpr Index kLargestRatio = 1100;
constexpr Index kLargestUnknownRatio = 100000;

// Bytes of an attribute: in dense storage there may be many, but the library does not take more.
constexpr hsize_t kMostInAttribute = hsize_t{1} << 32;

/// Frees what the library allocated for variable-length text.
class TextBuffer {
 public:
  TextBuffer(std::size_t count, std::size_t stride) : bytes_(count * stride, std::byte{0}) {}
  std::byte* data() { return bytes_.data(); }

 private:
  std::vector<std::byte> bytes_;
};

std::string fixed_text(const char* text, std::size_t size, H5T_str_t padding) {
  std::size_t length = padding == H5T_STR_SPACEPAD ? size : strnlen(text, size);
  while (length > 0 && (text[length - 1] == '\0' || (padding == H5T_STR_SPACEPAD && text[length - 1] == ' '))) --length;
  return std::string(text, length);
}

// Text elements of a buffer whose rows have the given type (text alone, or a compound with one text member).
void take_texts(const std::byte* buffer, std::size_t count, hid_t text, std::size_t stride,
                std::vector<std::string>& out) {
  const bool variable = H5Tis_variable_str(text) > 0;
  const std::size_t size = H5Tget_size(text);
  const H5T_str_t padding = H5Tget_strpad(text);
  for (std::size_t i = 0; i < count; ++i) {
    const std::byte* at = buffer + i * stride;
    if (variable) {
      const char* pointer = nullptr;
      std::memcpy(&pointer, at, sizeof pointer);
      out.emplace_back(pointer == nullptr ? "" : pointer);  // never-written elements are null
    } else {
      out.push_back(fixed_text(reinterpret_cast<const char*>(at), size, padding));
    }
  }
}

}  // namespace

std::vector<std::string> Node::texts_attribute(const std::string& name) const {
  if (!has_attribute(name)) return {};
  const Id attribute(H5Aopen(id_.get(), name.c_str(), H5P_DEFAULT));
  const Id type(H5Aget_type(attribute.get()));
  const Id space(H5Aget_space(attribute.get()));
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (H5Tget_class(type.get()) != H5T_STRING || count <= 0) return {};
  const std::size_t size = H5Tget_size(type.get());
  if (static_cast<hsize_t>(count) > kMostInAttribute / size) fail("its attribute " + name + " is beyond any file's");
  TextBuffer buffer(static_cast<std::size_t>(count), size);
  const ReadingFrom scope(attribute.get());
  if (H5Aread(attribute.get(), type.get(), buffer.data()) < 0)
    fail("its attribute " + name + " cannot be read: " + last_complaint().problem);
  std::vector<std::string> values;
  take_texts(buffer.data(), static_cast<std::size_t>(count), type.get(), size, values);
  if (H5Tis_variable_str(type.get()) > 0) H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, buffer.data());
  return values;
}

std::vector<Index> Node::dims() const {
  const Id space(H5Dget_space(id_.get()));
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0) fail("its shape cannot be read: " + last_complaint().problem, "the file may be damaged");
  std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr);
  std::vector<Index> result;
  for (hsize_t size : sizes) {
    if (size > static_cast<hsize_t>(std::numeric_limits<Index>::max())) fail("its shape is beyond any machine");
    result.push_back(static_cast<Index>(size));
  }
  return result;
}

Index Node::size() const {
  if (is_null()) return 0;
  const Index count = product(dims());
  if (count < 0) fail("its shape is beyond any machine", "the file may be damaged");
  return count;
}

bool Node::is_null() const {
  if (group_) return false;
  const Id space(H5Dget_space(id_.get()));
  return H5Sget_simple_extent_type(space.get()) == H5S_NULL;
}

Type Node::type() const {
  const Id type(H5Dget_type(id_.get()));
  if (!type.valid()) fail("its type cannot be read: " + last_complaint().problem, "the file may be damaged");
  return describe_type(type.get());
}

Index Node::cached_bytes() const {
  if (chunk().empty() || chunked_numbers(id_)) return 0;
  const Id access(H5Dget_access_plist(id_.get()));
  std::size_t slots = 0;
  std::size_t bytes = 0;
  double preemption = 0;
  if (H5Pget_chunk_cache(access.get(), &slots, &bytes, &preemption) < 0) return 0;
  Index whole = 0;
  const Id type(H5Dget_type(id_.get()));
  if (__builtin_mul_overflow(size(), static_cast<Index>(H5Tget_size(type.get())), &whole)) return 0;  // refused later
  return std::min(whole, static_cast<Index>(bytes));
}

std::vector<Index> Node::chunk() const {
  const Id properties(H5Dget_create_plist(id_.get()));
  if (H5Pget_layout(properties.get()) != H5D_CHUNKED) return {};
  hsize_t sizes[H5S_MAX_RANK];
  const int rank = H5Pget_chunk(properties.get(), H5S_MAX_RANK, sizes);
  return std::vector<Index>(sizes, sizes + rank);
}

// A shape of 2^60 opens like any other: what is declared has to be backed by what is stored, before anything is
// allocated for it.
void Node::check_storage() const {
  const Id type(H5Dget_type(id_.get()));
  const Index count = size();
  Index bytes = 0;
  if (__builtin_mul_overflow(count, static_cast<Index>(H5Tget_size(type.get())), &bytes))
    fail("its shape is beyond any machine", "the file may be damaged");
  check_chunk_count();
  if (bytes <= kAlwaysAccepted) return;
  const Id properties(H5Dget_create_plist(id_.get()));
  // What the index of chunks says of their sizes may be a lie too.
  const auto stored = std::min(static_cast<Index>(H5Dget_storage_size(id_.get())), stored_bytes_of(id_.get()));
  Index ratio = 1;
  for (const Filter& filter : filters_of(properties)) {
    if (filter.number == H5Z_FILTER_SHUFFLE || filter.number == H5Z_FILTER_FLETCHER32) continue;
    ratio = std::max(ratio, filter.number == H5Z_FILTER_DEFLATE ? kLargestRatio : kLargestUnknownRatio);
  }
  if (bytes / ratio > stored)
    fail("it declares " + std::to_string(bytes) + " bytes of data, but only " + std::to_string(stored) +
             " bytes are stored",
         "the file is damaged or was not written to its end");
}

// Chunks that were never written take nothing in the file, but each has to be looked for.
void Node::check_chunk_count() const {
  constexpr Index kAlways = Index{1} << 18;
  constexpr Index kLeast = 8;  // bytes that an index has for a chunk that is there
  const auto shape = dims();
  const auto sizes = chunk();
  if (sizes.size() != shape.size() || size() == 0) return;
  Index count = 1;
  for (std::size_t d = 0; d < shape.size(); ++d) count *= (shape[d] - 1) / sizes[d] + 1;
  if (count > kAlways && count > stored_bytes_of(id_.get()) / kLeast)
    fail("it declares " + std::to_string(count) + " chunks of data, more than are stored",
         "the file is damaged or was not written to its end");
}

void Node::read_slab(Index begin, Index count, const Id& memory_type, void* out) const {
  const auto shape = dims();
  auto wanted = shape;
  if (!wanted.empty()) wanted[0] = count;
  const Id memory = simple_space(wanted);
  const Id stored = select_rows(shape, begin, count);
  if (!has_whole_chunks(id_, shape, begin, count))
    fail("its compressed data are damaged: they are fewer or more than their chunk holds",
         "copy or write the file again");
  const ReadingFrom scope(id_.get());
  const ChunkBound bound(id_);
  if (H5Dread(id_.get(), memory_type.get(), memory.get(), stored.get(), H5P_DEFAULT, out) < 0) {
    const Complaint why = last_complaint();
    if (const auto filter = missing_filter(id_))
      fail("it is compressed by HDF5 filter " + filter->name + ", which is not installed", filter->advice);
    fail("cannot be read: " + why.problem, why.advice);
  }
}

template <class T>
void Node::slab(Index begin, Index count, T* out) const {
  if (count > 0 && !expand_slab(begin, count, out)) read_slab(begin, count, native_type<T>(), out);
}

/// As expand_slab(), for elements that are the same bytes in the file and in memory.
bool Node::expand_as_stored(Index begin, Index count, const Id& type, void* out) const {
  const auto is = [&](hid_t native) { return H5Tequal(type.get(), native) > 0; };
  if (is(H5T_NATIVE_FLOAT)) return expand_slab(begin, count, static_cast<float*>(out));
  if (is(H5T_NATIVE_DOUBLE)) return expand_slab(begin, count, static_cast<double*>(out));
  if (is(H5T_NATIVE_INT64)) return expand_slab(begin, count, static_cast<std::int64_t*>(out));
  if (is(H5T_NATIVE_INT32)) return expand_slab(begin, count, static_cast<std::int32_t*>(out));
  if (is(H5T_NATIVE_INT8)) return expand_slab(begin, count, static_cast<std::int8_t*>(out));
  return false;
}

void Node::check_numbers() const {
  const Type stored = type();
  if (!stored.is_number() || !stored.dims.empty()) fail("expected numbers, found elements of type " + stored.numpy);
  check_storage();
}

template <class T>
std::vector<T> Node::numbers() const {
  check_numbers();
  const Index count = size();
  std::vector<T> values(static_cast<std::size_t>(count));
  const auto shape = dims();
  if (count > 0) read_slab(0, shape.empty() ? 1 : shape[0], native_type<T>(), values.data());
  return values;
}

template std::vector<double> Node::numbers<double>() const;
template std::vector<float> Node::numbers<float>() const;
template std::vector<std::int64_t> Node::numbers<std::int64_t>() const;
template std::vector<std::int32_t> Node::numbers<std::int32_t>() const;
template std::vector<std::int8_t> Node::numbers<std::int8_t>() const;
template void Node::slab<double>(Index, Index, double*) const;
template void Node::slab<float>(Index, Index, float*) const;
template void Node::slab<std::int64_t>(Index, Index, std::int64_t*) const;
template void Node::slab<std::int32_t>(Index, Index, std::int32_t*) const;
template void Node::slab<std::int8_t>(Index, Index, std::int8_t*) const;

// `memory_type` is text, or a compound with one text member.
std::vector<std::string> Node::read_texts(const Id& memory_type, Index most) const {
  check_storage();
  const auto shape = dims();
  if (shape.size() > 1) fail("expected a list of texts, found " + std::to_string(shape.size()) + " dimensions");
  const Index count = most < 0 ? size() : std::min(most, size());
  const bool compound = H5Tget_class(memory_type.get()) == H5T_COMPOUND;
  const Id text(compound ? H5Tget_member_type(memory_type.get(), 0) : H5Tcopy(memory_type.get()));
  const std::size_t stride = H5Tget_size(memory_type.get());
  std::vector<std::string> values;
  for (Index begin = 0; begin < count; begin += kTextPiece) {
    const Index piece = std::min(kTextPiece, count - begin);
    TextBuffer buffer(static_cast<std::size_t>(piece), stride);
    read_slab(begin, piece, memory_type, buffer.data());
    take_texts(buffer.data(), static_cast<std::size_t>(piece), text.get(), stride, values);
    if (H5Tis_variable_str(text.get()) > 0) {
      const Id space = simple_space({piece});
      H5Dvlen_reclaim(memory_type.get(), space.get(), H5P_DEFAULT, buffer.data());
    }
  }
  return values;
}

std::vector<std::string> Node::texts(Index most) const {
  if (type().kind != Type::Kind::text) fail("expected text, found elements of type " + type().numpy);
  const Id stored(H5Dget_type(id_.get()));
  return read_texts(Id(H5Tcopy(stored.get())), most);
}

std::vector<Member> Node::members() const {
  const Id type(H5Dget_type(id_.get()));
  std::vector<Member> result;
  if (H5Tget_class(type.get()) != H5T_COMPOUND) return result;
  for (int i = 0; i < H5Tget_nmembers(type.get()); ++i) {
    const Id member(H5Tget_member_type(type.get(), static_cast<unsigned>(i)));
    char* name = H5Tget_member_name(type.get(), static_cast<unsigned>(i));
    result.push_back({name == nullptr ? "" : name, describe_type(member.get())});
    H5free_memory(name);
  }
  return result;
}

std::vector<double> Node::member_numbers(const std::string& member) const {
  check_storage();
  const Id type(H5Dget_type(id_.get()));
  const int which = H5Tget_member_index(type.get(), member.c_str());
  if (which < 0) fail("it has no member " + member);
  const Id stored(H5Tget_member_type(type.get(), static_cast<unsigned>(which)));
  const Type description = describe_type(stored.get());
  if (!description.is_number()) fail("its member " + member + " has no numbers but " + description.numpy);
  const std::vector<hsize_t> dims(description.dims.begin(), description.dims.end());
  const Index per_row = std::max<Index>(1, product(description.dims));
  const Id number(dims.empty() ? H5Tcopy(H5T_NATIVE_DOUBLE)
                               : H5Tarray_create2(H5T_NATIVE_DOUBLE, static_cast<unsigned>(dims.size()), dims.data()));
  const Id memory(H5Tcreate(H5T_COMPOUND, static_cast<std::size_t>(per_row) * sizeof(double)));
  H5Tinsert(memory.get(), member.c_str(), 0, number.get());
  std::vector<double> values(static_cast<std::size_t>(size() * per_row));
  if (!values.empty()) read_slab(0, size(), memory, values.data());
  return values;
}

std::vector<std::string> Node::member_texts(const std::string& member) const {
  const Id type(H5Dget_type(id_.get()));
  const int which = H5Tget_member_index(type.get(), member.c_str());
  if (which < 0) fail("it has no member " + member);
  const Id stored(H5Tget_member_type(type.get(), static_cast<unsigned>(which)));
  if (H5Tget_class(stored.get()) != H5T_STRING) fail("its member " + member + " is not text");
  const Id memory(H5Tcreate(H5T_COMPOUND, H5Tget_size(stored.get())));
  H5Tinsert(memory.get(), member.c_str(), 0, stored.get());
  return read_texts(memory, -1);
}

std::vector<std::byte> Node::raw_slab(Index begin, Index count) const {
  const Id type(H5Dget_type(id_.get()));
  Index per_row = 1;
  for (const auto& shape = dims(); Index dim : std::vector<Index>(shape.begin() + 1, shape.end())) per_row *= dim;
  std::vector<std::byte> bytes(static_cast<std::size_t>(count * per_row) * H5Tget_size(type.get()));
  if (!bytes.empty() && !expand_as_stored(begin, count, type, bytes.data()))
    read_slab(begin, count, type, bytes.data());
  return bytes;
}

}  // namespace instar::io::h5
