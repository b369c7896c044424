#include <algorithm>

#include "core/error.hpp"
#include "io/h5_chunks.hpp"
#include "io/h5_filters.hpp"
#include "io/list_writer.hpp"

namespace instar::io::h5 {
namespace {

constexpr std::size_t kCopyBytes = std::size_t{16} << 20;

// The bytes of texts as the library wants them. A NUL inside a text ends it: HDF5 has no way to store one.
std::vector<const char*> pointers(const std::vector<std::string>& values) {
  std::vector<const char*> result;
  result.reserve(values.size());
  for (const auto& value : values) result.push_back(value.c_str());
  return result;
}

// A copy should be one that anyone can open: h5py brings gzip and lzf only. What we cannot read is copied as it is.
bool needs_rewriting(const std::vector<Filter>& filters) {
  const auto all = [&](const auto& is) { return std::all_of(filters.begin(), filters.end(), is); };
  return !all([](const Filter& filter) { return is_usual(filter.number); }) &&
         all([](const Filter& filter) { return is_available(filter.number); });
}

[[noreturn]] void fail_writing(const Node& node) {
  const Complaint why = last_complaint();
  abandon();
  node.fail("cannot be written: " + why.problem, why.advice);
}

void write_attribute(const Node& node, const Id& owner, const std::string& name, const Id& type, const Id& space,
                     const void* data) {
  if (H5Aexists(owner.get(), name.c_str()) > 0) H5Adelete(owner.get(), name.c_str());
  const Id attribute(H5Acreate2(owner.get(), name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT));
  if (!attribute.valid() || H5Awrite(attribute.get(), type.get(), data) < 0) {
    const Complaint why = last_complaint();
    abandon();
    node.fail("its attribute " + name + " cannot be written: " + why.problem, why.advice);
  }
}

}  // namespace

void Node::set_attribute(const std::string& name, const std::string& value) const {
  const char* pointer = value.c_str();
  write_attribute(*this, id_, name, text_type(), simple_space({}), &pointer);
}

void Node::set_attribute(const std::string& name, const std::vector<std::string>& values) const {
  const auto texts = pointers(values);
  const char* const nothing = nullptr;  // an empty list still needs an address
  write_attribute(*this, id_, name, text_type(), simple_space({static_cast<Index>(values.size())}),
                  texts.empty() ? &nothing : texts.data());
}

void Node::set_attribute(const std::string& name, const std::vector<Index>& values) const {
  write_attribute(*this, id_, name, Id(H5Tcopy(H5T_STD_I64LE)), simple_space({static_cast<Index>(values.size())}),
                  values.data());
}

void Node::set_attribute(const std::string& name, bool value) const {
  const std::int8_t byte = value ? 1 : 0;
  write_attribute(*this, id_, name, stored_type("bool"), simple_space({}), &byte);
}

void Node::remove_attribute(const std::string& name) const {
  if (has_attribute(name)) H5Adelete(id_.get(), name.c_str());
}

void Node::set_encoding(const std::string& type, const std::string& version) const {
  set_attribute("encoding-type", type);
  set_attribute("encoding-version", version);
}

Node Node::create_group(const std::string& name) const {
  const Id properties(H5Pcreate(H5P_GROUP_CREATE));
  H5Pset_obj_track_times(properties.get(), false);
  H5Pset_link_creation_order(properties.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_attr_creation_order(properties.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  return made(name, Id(H5Gcreate2(id_.get(), name.c_str(), H5P_DEFAULT, properties.get(), H5P_DEFAULT)), true);
}

Id Node::create_dataset(const std::string& name, const Id& type, const Id& space, const Id& properties) const {
  return Id(H5Dcreate2(id_.get(), name.c_str(), type.get(), space.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT));
}

template <class T>
Node Node::write_array(const std::string& name, const std::vector<Index>& shape, const T* data,
                       const std::string& stored) const {
  const Id type = stored_type(stored);
  const Id properties = dataset_properties(shape, H5Tget_size(type.get()), true);
  Node node = made(name, create_dataset(name, type, simple_space(shape), properties), false);
  const Id memory = stored == "bool" ? type : native_type<T>();
  if (const auto chunk = node.chunk(); !chunk.empty() && H5Tequal(memory.get(), type.get()) > 0) {
    write_packed(node, 0, std::as_bytes(std::span(data, static_cast<std::size_t>(product(shape)))),
                 static_cast<std::size_t>(product(chunk)) * sizeof(T), sizeof(T));
    return node;
  }
  if (product(shape) > 0 && H5Dwrite(node.id_.get(), memory.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) {
    fail_writing(node);
  }
  return node;
}

template Node Node::write_array<double>(const std::string&, const std::vector<Index>&, const double*,
                                        const std::string&) const;
template Node Node::write_array<float>(const std::string&, const std::vector<Index>&, const float*,
                                       const std::string&) const;
template Node Node::write_array<std::int64_t>(const std::string&, const std::vector<Index>&, const std::int64_t*,
                                              const std::string&) const;
template Node Node::write_array<std::int32_t>(const std::string&, const std::vector<Index>&, const std::int32_t*,
                                              const std::string&) const;
template Node Node::write_array<std::int8_t>(const std::string&, const std::vector<Index>&, const std::int8_t*,
                                             const std::string&) const;

Node Node::write_texts(const std::string& name, const std::vector<std::string>& values) const {
  const std::vector<Index> shape{static_cast<Index>(values.size())};
  const Id type = text_type();
  // Filters would only see the references to the texts, so there is nothing to compress.
  const Id properties = dataset_properties(shape, sizeof(void*), false);
  Node node = made(name, create_dataset(name, type, simple_space(shape), properties), false);
  const auto texts = pointers(values);
  if (!texts.empty() && H5Dwrite(node.id_.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, texts.data()) < 0) {
    fail_writing(node);
  }
  return node;
}

Node Node::write_text(const std::string& name, const std::string& value) const {
  const Id type = text_type();
  Node node =
      made(name, create_dataset(name, type, simple_space({}), dataset_properties({}, sizeof(void*), false)), false);
  const char* pointer = value.c_str();
  if (H5Dwrite(node.id_.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, &pointer) < 0) {
    fail_writing(node);
  }
  return node;
}

Node Node::create_chunks(const std::string& name, const std::vector<Index>& tail, Index chunk, const Id& type,
                         const Packing& packing) const {
  std::vector<hsize_t> now{0};
  std::vector<hsize_t> most{H5S_UNLIMITED};
  std::vector<hsize_t> chunks{static_cast<hsize_t>(chunk)};
  for (const Index size : tail) {
    now.push_back(static_cast<hsize_t>(size));
    most.push_back(static_cast<hsize_t>(size));
    chunks.push_back(static_cast<hsize_t>(std::max<Index>(1, size)));
  }
  const int rank = static_cast<int>(now.size());
  const Id properties(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_obj_track_times(properties.get(), false);
  H5Pset_chunk(properties.get(), rank, chunks.data());
  if (packing.shuffle && packing.level > 0) H5Pset_shuffle(properties.get());
  if (packing.level > 0) H5Pset_deflate(properties.get(), static_cast<unsigned>(packing.level));
  const Id space(H5Screate_simple(rank, now.data(), most.data()));
  return made(name, create_dataset(name, type, space, properties), false);
}

Node Node::create_chunked(const std::string& name, const std::vector<Index>& tail, Index chunk,
                          const std::string& stored, const Packing& packing) const {
  return create_chunks(name, tail, chunk, stored_type(stored), packing);
}

Node Node::create_chunked_like(const std::string& name, Index chunk, const Node& like) const {
  return create_chunks(name, {}, chunk, Id(H5Dget_type(like.id_.get())), {});
}

void Node::write_chunk(Index number, const std::vector<std::byte>& bytes) const {
  const auto sizes = chunk();
  std::vector<hsize_t> start(sizes.size(), 0);
  start[0] = static_cast<hsize_t>(number) * static_cast<hsize_t>(sizes[0]);
  const bool ok = H5Dwrite_chunk(id_.get(), H5P_DEFAULT, 0, start.data(), bytes.size(), bytes.data()) >= 0;
  if (!ok || write_error() != 0) fail_writing(*this);
}

void Node::set_length(Index count) const {
  auto shape = dims();
  shape[0] = count;
  const std::vector<hsize_t> grown(shape.begin(), shape.end());
  if (H5Dset_extent(id_.get(), grown.data()) < 0) {
    fail_writing(*this);
  }
}

// Elements [begin, begin + count) of the first axis.
void Node::write_slab(Index begin, Index count, const Id& memory_type, const void* data) const {
  const auto shape = dims();
  auto piece = shape;
  if (!piece.empty()) piece[0] = count;
  const Id memory = simple_space(piece);
  const Id stored = select_rows(shape, begin, count);
  const bool ok = H5Dwrite(id_.get(), memory_type.get(), memory.get(), stored.get(), H5P_DEFAULT, data) >= 0;
  if (!ok || write_error() != 0) fail_writing(*this);
}

void Node::remove(const std::string& name) const {
  if (H5Lexists(id_.get(), name.c_str(), H5P_DEFAULT) > 0) H5Ldelete(id_.get(), name.c_str(), H5P_DEFAULT);
}

// H5Ocopy of 1.10 frees a type twice where it fails. So chunks that refer to nothing are copied as they are by
// ourselves, and everything else is read and written.
void Node::copy_whole_dataset(const Node& source, const std::string& name) const {
  const Id type(H5Dget_type(source.id_.get()));
  const bool refers = H5Tdetect_class(type.get(), H5T_VLEN) > 0 || H5Tis_variable_str(type.get()) > 0 ||
                      H5Tget_class(type.get()) == H5T_COMPOUND;
  const Id made_with(H5Dget_create_plist(source.id_.get()));
  if (source.is_null()) {
    const Id properties(H5Pcreate(H5P_DATASET_CREATE));
    H5Pset_obj_track_times(properties.get(), false);
    made(name, create_dataset(name, type, Id(H5Screate(H5S_NULL)), properties), false).copy_attributes(source);
    return;
  }
  if (refers || H5Pget_layout(made_with.get()) != H5D_CHUNKED || needs_rewriting(filters_of(made_with)))
    return copy_dataset(source, name, {}).copy_attributes(source);
  source.check_storage();  // else a shape that lies has its chunks looked for without end
  accept_all(filters_of(made_with));
  H5Pset_obj_track_times(made_with.get(), false);
  const Id space(H5Dget_space(source.id_.get()));
  const Node target = made(name, create_dataset(name, Id(H5Tcopy(type.get())), space, made_with), false);
  const bool ok = copy_chunks(source.id_, target.id_, source.dims());
  if (write_error() != 0) fail_writing(*this);
  if (!ok) {
    const Complaint why = last_complaint();
    abandon();
    source.fail("cannot be copied: " + why.problem, why.advice);
  }
  target.copy_attributes(source);
}

void Node::copy_attributes(const Node& source) const {
  std::vector<std::string> names;
  const auto note = [](hid_t, const char* name, const H5A_info_t*, void* client) -> herr_t {
    static_cast<std::vector<std::string>*>(client)->emplace_back(name);
    return 0;
  };
  if (H5Aiterate2(source.id_.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, note, &names) < 0)
    source.fail("its attributes cannot be listed: " + last_complaint().problem);
  std::sort(names.begin(), names.end());
  for (const auto& name : names) {
    const Id attribute(H5Aopen(source.id_.get(), name.c_str(), H5P_DEFAULT));
    const Id type(H5Aget_type(attribute.get()));
    const Id space(H5Aget_space(attribute.get()));
    if (!attribute.valid() || H5Tget_class(type.get()) == H5T_REFERENCE) continue;  // would point into the other file
    const hssize_t count = H5Sget_simple_extent_npoints(space.get());
    std::vector<std::byte> bytes(static_cast<std::size_t>(std::max<hssize_t>(1, count)) * H5Tget_size(type.get()));
    const ReadingFrom scope(attribute.get());
    if (count > 0 && H5Aread(attribute.get(), type.get(), bytes.data()) < 0)
      source.fail("its attribute " + name + " cannot be read: " + last_complaint().problem);
    write_attribute(*this, id_, name, type, space, bytes.data());
    if (count > 0) H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, bytes.data());
  }
}

namespace {

/// Picks what is kept of rows that are in memory: strides are computed once, whole runs are copied at once.
class TailSelection {
 public:
  TailSelection(const std::vector<Index>& dims, const std::vector<Kept>& kept, std::size_t element) : kept_(kept) {
    kept_.resize(dims.size(), nullptr);
    strides_.assign(dims.size() + 1, element);
    for (std::size_t axis = dims.size(); axis-- > 0;)
      strides_[axis] = strides_[axis + 1] * static_cast<std::size_t>(dims[axis]);
    // From here on everything is kept.
    whole_from_ = dims.size();
    while (whole_from_ > 1 && kept_[whole_from_ - 1] == nullptr) --whole_from_;
    dims_ = dims;
  }
  std::size_t row_bytes() const { return strides_.size() > 1 ? strides_[1] : strides_[0]; }
  void take_row(const std::byte* row, std::vector<std::byte>& out) const { take(row, 1, out); }

 private:
  void take(const std::byte* at, std::size_t axis, std::vector<std::byte>& out) const {
    if (axis >= whole_from_) {
      out.insert(out.end(), at, at + strides_[std::min(axis, strides_.size() - 1)]);
      return;
    }
    const std::size_t stride = strides_[axis + 1];
    if (kept_[axis] != nullptr)
      for (Index i : *kept_[axis]) take(at + static_cast<std::size_t>(i) * stride, axis + 1, out);
    else
      for (Index i = 0; i < dims_[axis]; ++i) take(at + static_cast<std::size_t>(i) * stride, axis + 1, out);
  }

  std::vector<Index> dims_;
  std::vector<Kept> kept_;
  std::vector<std::size_t> strides_;
  std::size_t whole_from_ = 1;
};

}  // namespace

/// Writes rows as they are stored behind those that are written already: plain numbers in whole chunks, which several
/// threads compress, so that some may be left for the next call; else all. @returns the number of rows written
Index Node::write_kept(const Id& type, Index written, bool last, std::vector<std::byte>& rows) const {
  const auto shape = dims();
  const Type stored = describe_type(type.get());
  const std::size_t element = H5Tget_size(type.get());
  const std::size_t row_bytes =
      element * static_cast<std::size_t>(shape.empty() ? 1 : product(shape) / std::max<Index>(1, shape[0]));
  auto count = static_cast<Index>(rows.size() / row_bytes);
  const auto whole = chunk();
  if (whole.empty() || !stored.is_number() || !stored.dims.empty()) {
    if (count > 0) write_slab(written, count, type, rows.data());
    rows.clear();
    return count;
  }
  if (!last) count -= count % whole[0];
  const std::size_t bytes = static_cast<std::size_t>(count) * row_bytes;
  write_packed(*this, written / whole[0], std::span(rows).first(bytes), static_cast<std::size_t>(whole[0]) * row_bytes,
               element);
  rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(bytes));
  return count;
}

Node Node::copy_dataset(const Node& source, const std::string& name, const std::vector<Kept>& kept) const {
  source.check_storage();
  const Id type(H5Dget_type(source.id_.get()));
  const std::size_t element = H5Tget_size(type.get());
  const auto from = source.dims();
  auto to = from;
  for (std::size_t axis = 0; axis < kept.size(); ++axis) {
    if (kept[axis] == nullptr) continue;
    if (axis >= from.size() || (!kept[axis]->empty() && kept[axis]->back() >= from[axis]))
      source.fail("expected its shape to match obs and var", "the file is damaged; write it again");
    to[axis] = static_cast<Index>(kept[axis]->size());
  }
  const bool plain = describe_type(type.get()).kind != Type::Kind::text;
  const Id properties = dataset_properties(to, element, plain);
  Node target = made(name, create_dataset(name, type, simple_space(to), properties), false);
  if (source.size() == 0 || product(to) == 0) return target;
  const TailSelection selection(from, kept, element);
  const Kept rows_kept = kept.empty() ? nullptr : kept[0];
  const Index rows = from.empty() ? 1 : from[0];
  const auto piece =
      std::max<Index>(1, static_cast<Index>(kCopyBytes / std::max<std::size_t>(1, selection.row_bytes())));
  Index written = 0;
  std::size_t next_kept = 0;
  std::vector<std::byte> selected;
  for (Index begin = 0; begin < rows; begin += piece) {
    const Index count = std::min(piece, rows - begin);
    std::vector<std::byte> bytes(static_cast<std::size_t>(count) * selection.row_bytes());
    if (!source.expand_as_stored(begin, count, type, bytes.data())) source.read_slab(begin, count, type, bytes.data());
    for (Index row = 0; row < count; ++row) {
      if (rows_kept != nullptr) {
        if (next_kept >= rows_kept->size() || (*rows_kept)[next_kept] != begin + row) continue;
        ++next_kept;
      }
      selection.take_row(bytes.data() + static_cast<std::size_t>(row) * selection.row_bytes(), selected);
    }
    written += target.write_kept(type, written, begin + count == rows, selected);
    auto read = from;
    if (!read.empty()) read[0] = count;
    const Id space = simple_space(read);
    H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, bytes.data());
  }
  return target;
}

}  // namespace instar::io::h5
