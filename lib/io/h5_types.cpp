#include <algorithm>
#include <limits>
#include <map>

#include "core/error.hpp"
#include "io/h5_library.hpp"

namespace instar::io::h5 {
namespace {

// Small arrays stay contiguous: a chunk index costs more than compression gains.
constexpr std::size_t kCompressFrom = 4096;

// h5py takes an enumeration for boolean only with exactly these two members.
bool is_boolean(hid_t type) {
  if (H5Tget_class(type) != H5T_ENUM || H5Tget_nmembers(type) != 2) return false;
  bool found[2] = {false, false};
  for (unsigned i = 0; i < 2; ++i) {
    char* name = H5Tget_member_name(type, i);
    if (name == nullptr) return false;
    if (std::string(name) == "FALSE") found[0] = true;
    if (std::string(name) == "TRUE") found[1] = true;
    H5free_memory(name);
  }
  return found[0] && found[1];
}

bool is_complex(hid_t type) {
  if (H5Tget_class(type) != H5T_COMPOUND || H5Tget_nmembers(type) != 2) return false;
  const int real = H5Tget_member_index(type, "r");
  const int imaginary = H5Tget_member_index(type, "i");
  return real == 0 && imaginary == 1 && H5Tget_member_class(type, 0) == H5T_FLOAT;
}

Type integer(hid_t type, std::size_t size) {
  Type result;
  result.kind = Type::Kind::integer;
  result.size = size;
  result.is_signed = H5Tget_sign(type) != H5T_SGN_NONE;
  result.numpy = (result.is_signed ? "int" : "uint") + std::to_string(8 * size);
  return result;
}

}  // namespace

template <>
Id native_type<double>() {
  return Id(H5Tcopy(H5T_NATIVE_DOUBLE));
}
template <>
Id native_type<float>() {
  return Id(H5Tcopy(H5T_NATIVE_FLOAT));
}
template <>
Id native_type<std::int64_t>() {
  return Id(H5Tcopy(H5T_NATIVE_INT64));
}
template <>
Id native_type<std::int32_t>() {
  return Id(H5Tcopy(H5T_NATIVE_INT32));
}
template <>
Id native_type<std::int8_t>() {
  return Id(H5Tcopy(H5T_NATIVE_INT8));
}

Id stored_type(const std::string& numpy) {
  if (numpy == "bool") {
    Id type(H5Tenum_create(H5T_STD_I8LE));
    std::int8_t value = 0;
    H5Tenum_insert(type.get(), "FALSE", &value);
    value = 1;
    H5Tenum_insert(type.get(), "TRUE", &value);
    return type;
  }
  const std::map<std::string, hid_t> types = {
      {"float64", H5T_IEEE_F64LE}, {"float32", H5T_IEEE_F32LE}, {"int8", H5T_STD_I8LE},  {"int16", H5T_STD_I16LE},
      {"int32", H5T_STD_I32LE},    {"int64", H5T_STD_I64LE},    {"uint8", H5T_STD_U8LE}, {"uint16", H5T_STD_U16LE},
      {"uint32", H5T_STD_U32LE},   {"uint64", H5T_STD_U64LE}};
  const auto found = types.find(numpy);
  // Whatever else was read (float16, float128) fits in a double.
  return Id(H5Tcopy(found == types.end() ? H5T_IEEE_F64LE : found->second));
}

Id text_type() {
  Id type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), H5T_VARIABLE);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

Type describe_type(hid_t type) {
  Type result;
  result.size = H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      return integer(type, result.size);
    case H5T_FLOAT:
      result.kind = Type::Kind::real;
      result.numpy = "float" + std::to_string(8 * result.size);
      return result;
    case H5T_ENUM: {
      if (is_boolean(type)) {
        result.kind = Type::Kind::boolean;
        result.numpy = "bool";
        return result;
      }
      const Id base(H5Tget_super(type));
      return integer(base.get(), result.size);
    }
    case H5T_STRING:
      result.kind = Type::Kind::text;
      result.variable = H5Tis_variable_str(type) > 0;
      result.numpy = "str";
      return result;
    case H5T_COMPOUND:
      result.kind = is_complex(type) ? Type::Kind::complex : Type::Kind::compound;
      result.numpy = is_complex(type) ? "complex" + std::to_string(8 * result.size) : "record";
      return result;
    case H5T_ARRAY: {
      const Id base(H5Tget_super(type));
      Type element = describe_type(base.get());
      hsize_t sizes[H5S_MAX_RANK];
      const int rank = H5Tget_array_dims2(type, sizes);
      for (int i = 0; i < rank; ++i) element.dims.push_back(static_cast<Index>(sizes[i]));
      return element;
    }
    default:
      result.numpy = "object";
      return result;
  }
}

Index product(const std::vector<Index>& dims) {
  Index result = 1;
  for (Index dim : dims)
    if (dim < 0 || __builtin_mul_overflow(result, dim, &result)) return -1;
  return result;
}

Id simple_space(const std::vector<Index>& dims) {
  if (dims.empty()) return Id(H5Screate(H5S_SCALAR));
  const std::vector<hsize_t> sizes(dims.begin(), dims.end());
  return Id(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr));
}

Id select_rows(const std::vector<Index>& dims, Index begin, Index count) {
  Id space = simple_space(dims);
  if (dims.empty()) return space;
  std::vector<hsize_t> offset(dims.size(), 0);
  std::vector<hsize_t> extent(dims.begin(), dims.end());
  offset[0] = static_cast<hsize_t>(begin);
  extent[0] = static_cast<hsize_t>(count);
  H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, offset.data(), nullptr, extent.data(), nullptr);
  return space;
}

Id dataset_properties(const std::vector<Index>& dims, std::size_t element_bytes, bool compressible) {
  Id properties(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_obj_track_times(properties.get(), false);
  const Index count = product(dims);
  const bool large = static_cast<std::size_t>(std::max<Index>(count, 0)) * element_bytes >= kCompressFrom;
  if (dims.empty() || !large || !compressible) return properties;
  std::vector<hsize_t> chunk;
  std::size_t tail = element_bytes;
  for (std::size_t i = 1; i < dims.size(); ++i) tail *= static_cast<std::size_t>(std::max<Index>(1, dims[i]));
  chunk.push_back(std::clamp<hsize_t>(kChunkBytes / tail, 1, static_cast<hsize_t>(std::max<Index>(1, dims[0]))));
  for (std::size_t i = 1; i < dims.size(); ++i) chunk.push_back(static_cast<hsize_t>(std::max<Index>(1, dims[i])));
  H5Pset_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data());
  H5Pset_shuffle(properties.get());
  H5Pset_deflate(properties.get(), kDeflateLevel);
  return properties;
}

}  // namespace instar::io::h5
