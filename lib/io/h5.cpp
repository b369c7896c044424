#include "io/h5.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "core/error.hpp"
#include "io/h5_filters.hpp"

namespace instar::io::h5 {
namespace {

// A chunk larger than the cache would be inflated again for every block read from it; beyond this bound we accept that.
constexpr std::size_t kSmallestCache = std::size_t{4} << 20;
constexpr std::size_t kLargestCache = std::size_t{512} << 20;

// Once the library could not write, closing what belongs to that file crashes it (1.10.8 frees its cache twice). The
// process is about to report the error and end, so identifiers are then left open.
bool g_abandoned = false;

constexpr const char* kLaterFormat = "its type is in a format of a later HDF5 than is read here";

herr_t note_complaint(unsigned, const H5E_error2_t* error, void* client) {
  auto& texts = *static_cast<std::vector<std::string>*>(client);
  if (error->desc != nullptr) texts.emplace_back(error->desc);
  return 0;
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

// From `truncated file: eof = 123, sblock->base_addr = 0, stored_eof = 456`.
std::string truncation(const std::string& text) {
  const auto number_after = [&](const std::string& word) {
    const auto at = text.find(word);
    if (at == std::string::npos) return std::string();
    const auto begin = at + word.size();
    return text.substr(begin, text.find_first_not_of("0123456789", begin) - begin);
  };
  const std::string found = number_after(": eof = ");
  const std::string expected = number_after("stored_eof = ");
  if (found.empty() || expected.empty()) return "the file is truncated";
  return "the file is truncated: expected " + expected + " bytes, found " + found;
}

std::size_t total_bytes(const Id& dataset) {
  const Id type(H5Dget_type(dataset.get()));
  const Id space(H5Dget_space(dataset.get()));
  const hssize_t count = space.valid() ? H5Sget_simple_extent_npoints(space.get()) : 0;
  std::size_t bytes = 0;
  if (count < 0 || !type.valid() ||
      __builtin_mul_overflow(static_cast<std::size_t>(count), H5Tget_size(type.get()), &bytes))
    return std::numeric_limits<std::size_t>::max();
  return bytes;
}

// A row of a matrix may cross many chunks: all of them have to stay in the cache while the next rows are read.
std::size_t cache_bytes(const Id& dataset, const Id& properties) {
  std::size_t bytes = chunk_bytes(dataset, properties);
  if (bytes == 0) return 0;
  hsize_t sizes[H5S_MAX_RANK];
  const int rank = H5Pget_chunk(properties.get(), H5S_MAX_RANK, sizes);
  const Id space(H5Dget_space(dataset.get()));
  hsize_t extent[H5S_MAX_RANK];
  if (H5Sget_simple_extent_ndims(space.get()) != rank || H5Sget_simple_extent_dims(space.get(), extent, nullptr) < 0)
    return bytes;
  for (int i = 1; i < rank && bytes < kLargestCache; ++i)
    bytes *= static_cast<std::size_t>((extent[i] + sizes[i] - 1) / std::max<hsize_t>(1, sizes[i]));
  return bytes;
}

}  // namespace

std::size_t chunk_bytes(const Id& dataset, const Id& properties) {
  if (H5Pget_layout(properties.get()) != H5D_CHUNKED) return 0;
  hsize_t sizes[H5S_MAX_RANK];
  const int rank = H5Pget_chunk(properties.get(), H5S_MAX_RANK, sizes);
  const Id type(H5Dget_type(dataset.get()));
  std::size_t bytes = type.valid() ? H5Tget_size(type.get()) : 1;
  for (int i = 0; i < rank; ++i) bytes *= static_cast<std::size_t>(sizes[i]);
  return bytes;
}

void prepare_library() {
  static const bool done = [] {
    // At exit the library would try again to write files whose disk was full, and complain on stderr.
    H5dont_atexit();
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    register_filters();
    register_heaps();
    H5Eclear2(H5E_DEFAULT);
    return true;
  }();
  static_cast<void>(done);
}

Id::Id(const Id& other) : value_(other.value_) {
  if (valid()) H5Iinc_ref(value_);
}

Id& Id::operator=(Id other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}

Id::~Id() {
  if (valid() && !g_abandoned) H5Idec_ref(value_);
}

Complaint last_complaint() {
  std::vector<std::string> texts;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, note_complaint, &texts);
  H5Eclear2(H5E_DEFAULT);
  if (const int error = write_error(); error != 0) {
    if (error == ENOSPC || error == EDQUOT)
      return {"the disk is full", "free some space, or set TMPDIR for output to -"};
    return {std::strerror(error), error == EFBIG ? "see ulimit -f" : ""};
  }
  for (const auto& text : texts) {
    if (text.starts_with(kUnsound)) {
      const std::size_t begin = std::strlen(kUnsound);
      const std::size_t bar = text.find('|');
      return {text.substr(begin, bar - begin), text.substr(bar + 1)};
    }
    if (contains(text, "bad version number for datatype message"))
      return {kLaterFormat, "write it again without libver='latest'"};
    if (contains(text, "truncated file")) return {truncation(text), "copy or write it again"};
    if (contains(text, "filter") && (contains(text, "not registered") || contains(text, "not available")))
      return {"its compression is not known here (" + text + ")",
              "recompress it with: h5repack -f GZIP=4 IN OUT, or set HDF5_PLUGIN_PATH"};
    if (contains(text, "plugin"))
      return {
          "its compression needs a plugin that is not installed",
          "recompress it where it was made, as adata.write_h5ad(path, compression='gzip'), or set HDF5_PLUGIN_PATH"};
    if (contains(text, "text refers to a place")) return {"its " + text, "the file is damaged; copy or write it again"};
    if (contains(text, "Fletcher32"))
      return {"its data do not fit their checksum", "the file is damaged; copy or write it again"};
    if (contains(text, "inflate")) return {"its compressed data are damaged", "copy or write the file again"};
  }
  if (texts.empty()) return {"HDF5 could not say why", ""};
  return {"HDF5 says: " + texts.front(), ""};
}

File File::open(const std::string& path, const std::string& name) {
  prepare_library();
  const Id access(H5Pcreate(H5P_FILE_ACCESS));
  use_driver(access);  // it never locks: network file systems often cannot, and another reader may hold a lock
  File file;
  file.name_ = std::make_shared<const std::string>(name);
  file.id_ = Id(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()));
  if (!file.id_.valid()) {
    const Complaint why = last_complaint();
    throw DataError({name}, "cannot be opened as HDF5: " + why.problem, why.advice);
  }
  return file;
}

File File::create(const std::string& path, const std::string& name) {
  prepare_library();
  const Id access(H5Pcreate(H5P_FILE_ACCESS));
  use_driver(access);
  forget_write_error();
  g_abandoned = false;
  // Closing the file closes whatever is still open in it, so commit() never renames a file half-written.
  H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
  const Id creation(H5Pcreate(H5P_FILE_CREATE));
  H5Pset_obj_track_times(creation.get(), false);
  File file;
  file.name_ = std::make_shared<const std::string>(name);
  file.id_ = Id(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()));
  if (!file.id_.valid()) throw DataError({name}, "cannot be created: " + last_complaint().problem);
  return file;
}

void File::close() {
  if (!id_.valid() || g_abandoned) return;
  const bool flushed = H5Fflush(id_.get(), H5F_SCOPE_GLOBAL) >= 0 && write_error() == 0;
  const std::int64_t id = id_.get();
  if (flushed) id_.forget();
  if (flushed && H5Fclose(id) >= 0 && write_error() == 0) return;
  const Complaint why = last_complaint();
  abandon();
  throw DataError({*name_}, "cannot be written: " + why.problem, why.advice);
}

void abandon() { g_abandoned = true; }

Node File::root() const {
  Id root(H5Gopen2(id_.get(), "/", H5P_DEFAULT));
  if (!root.valid()) throw DataError({*name_}, "its root cannot be read: " + last_complaint().problem);
  return Node(name_, "", std::move(root), true);
}

Node::Node(std::shared_ptr<const std::string> file, std::string path, Id id, bool group)
    : file_(std::move(file)), path_(std::move(path)), id_(std::move(id)), group_(group) {}

Node Node::made(const std::string& name, Id id, bool group) const {
  if (!id.valid()) {
    const Complaint why = last_complaint();
    abandon();
    throw DataError({*file_, place(name)}, "cannot be written: " + why.problem, why.advice);
  }
  return Node(file_, place(name), std::move(id), group);
}

void Node::fail(const std::string& problem, const std::string& advice) const {
  throw DataError({*file_, path_}, problem, advice);
}

std::vector<std::string> Node::children() const {
  std::vector<std::string> names;
  const auto note = [](hid_t, const char* name, const H5L_info_t*, void* client) -> herr_t {
    static_cast<std::vector<std::string>*>(client)->emplace_back(name);
    return 0;
  };
  // In the file's own order: for any other the library makes a table first, and where a link is damaged frees all of
  // it, filled or not.
  if (!group_ || H5Literate(id_.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, note, &names) < 0)
    fail("its members cannot be listed: " + last_complaint().problem);
  std::sort(names.begin(), names.end());
  std::erase_if(names, [&](const std::string& name) { return !has(name); });
  return names;
}

bool Node::has(const std::string& name) const {
  if (!group_ || name.empty() || name == "." || name.find('/') != std::string::npos) return false;
  const bool found = H5Lexists(id_.get(), name.c_str(), H5P_DEFAULT) > 0;
  H5L_info_t link;
  if (!found || H5Lget_info(id_.get(), name.c_str(), &link, H5P_DEFAULT) < 0) return false;
  // An external link is a member: opening it says why it is refused.
  return link.type == H5L_TYPE_EXTERNAL || H5Oexists_by_name(id_.get(), name.c_str(), H5P_DEFAULT) > 0;
}

std::optional<Node> Node::find(const std::string& name) const {
  if (!has(name)) return std::nullopt;
  return child(name);
}

Node Node::child(const std::string& name) const {
  const auto refuse = [&](const std::string& problem, const std::string& advice = "") {
    H5Eclear2(H5E_DEFAULT);
    throw DataError({*file_, place(name)}, problem, advice);
  };
  const auto refuse_to_open = [&] {
    const Complaint why = last_complaint();
    refuse("cannot be opened: " + why.problem, why.advice.empty() ? "the file may be damaged" : why.advice);
  };
  if (!has(name)) refuse("expected in the file, but it is not there");
  H5L_info_t link;
  H5Lget_info(id_.get(), name.c_str(), &link, H5P_DEFAULT);
  if (link.type == H5L_TYPE_EXTERNAL)
    refuse("it is a link to another file, which is not followed", "copy the data into this file");
  Id object(H5Oopen(id_.get(), name.c_str(), H5P_DEFAULT));
  if (!object.valid()) refuse_to_open();
  const H5I_type_t kind = H5Iget_type(object.get());
  if (kind == H5I_GROUP) return Node(file_, place(name), std::move(object), true);
  if (kind != H5I_DATASET) refuse("expected a group or a dataset, found a named type");
  const Id properties(H5Dget_create_plist(object.get()));
  if (!properties.valid()) refuse_to_open();
  if (H5Pget_layout(properties.get()) == H5D_VIRTUAL || H5Pget_external_count(properties.get()) > 0)
    refuse("its data are in another file, which is not followed", "copy the data into this file (h5repack does)");
  if (const std::size_t chunk = chunk_bytes(object, properties);
      chunk > kLargestCache && chunk / 4 > total_bytes(object))
    refuse("its chunks have " + std::to_string(chunk) + " bytes, far more than its shape needs",
           "the file may be damaged; write it again");
  if (const std::size_t bytes = cache_bytes(object, properties); bytes > (std::size_t{1} << 20)) {
    const Id access(H5Pcreate(H5P_DATASET_ACCESS));
    H5Pset_chunk_cache(access.get(), 12421, std::clamp(2 * bytes, kSmallestCache, kLargestCache), 1.0);
    object = Id();  // the settings of whoever opened it first would stay
    object = Id(H5Dopen2(id_.get(), name.c_str(), access.get()));
    if (!object.valid()) refuse_to_open();
  }
  return Node(file_, place(name), std::move(object), false);
}

bool Node::has_attribute(const std::string& name) const {
  const htri_t found = H5Aexists(id_.get(), name.c_str());
  if (found >= 0) return found > 0;
  const Complaint why = last_complaint();
  // An attribute of the format of HDF5 1.12 or later (libver "latest" there): as if there were none from it on.
  if (contains(why.problem, kLaterFormat)) return false;
  fail("its attributes cannot be read: " + why.problem, why.advice);
}

std::optional<std::string> Node::text_attribute(const std::string& name) const {
  const auto values = texts_attribute(name);
  if (values.size() != 1) return std::nullopt;
  return values.front();
}

std::vector<Index> Node::integers_attribute(const std::string& name) const {
  if (!has_attribute(name)) return {};
  const Id attribute(H5Aopen(id_.get(), name.c_str(), H5P_DEFAULT));
  const Id type(H5Aget_type(attribute.get()));
  const Id space(H5Aget_space(attribute.get()));
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  const H5T_class_t kind = H5Tget_class(type.get());
  if ((kind != H5T_INTEGER && kind != H5T_ENUM) || count <= 0 || count > 64) return {};
  std::vector<Index> values(static_cast<std::size_t>(count));
  if (H5Aread(attribute.get(), H5T_NATIVE_INT64, values.data()) < 0)
    fail("its attribute " + name + " cannot be read: " + last_complaint().problem);
  return values;
}

}  // namespace instar::io::h5
