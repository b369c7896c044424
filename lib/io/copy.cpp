#include "io/copy.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/encode.hpp"
#include "io/frame.hpp"
#include "io/list_writer.hpp"
#include "io/matrix_reader.hpp"

namespace instar::io {
namespace {

constexpr int kDeepest = 64;
constexpr Index kSparsePiece = Index{1} << 20;

bool is_column_group(const h5::Node& node) {
  return (node.has("codes") && node.has("categories")) || (node.has("values") && node.has("mask"));
}

// scipy cannot use unsigned 64-bit positions, and attributes of 0.6 files are not known any more.
bool copies_as_is(const h5::Node& sparse) {
  const h5::Type pointers = sparse.child("indptr").type();
  return !sparse.encoding().empty() && sparse.has_attribute("shape") && (pointers.is_signed || pointers.size < 8);
}

template <class T>
std::vector<T> taken(const std::vector<T>& values, const std::vector<Index>& kept) {
  std::vector<T> result;
  if (values.empty()) return result;
  result.reserve(kept.size());
  for (Index i : kept) result.push_back(values.at(static_cast<std::size_t>(i)));
  return result;
}

// New position of every old one along an axis, -1 where it goes.
std::vector<std::int32_t> renumbering(Index length, h5::Kept kept) {
  std::vector<std::int32_t> map(static_cast<std::size_t>(length), -1);
  std::int32_t next = 0;
  if (kept == nullptr) {
    for (auto& to : map) to = next++;
  } else {
    for (Index i : *kept) map.at(static_cast<std::size_t>(i)) = next++;
  }
  return map;
}

// Copies the entries of the majors and minors that stay, in pieces of whole majors. Values keep their type.
// @returns the new indptr
std::vector<std::int64_t> copy_entries(const SparseParts& parts, h5::Kept major, h5::Kept minor,
                                       const h5::Node& group) {
  auto data = ListWriter::like(group, "data", parts.data);
  auto indices = ListWriter::of<std::int32_t>(group, "indices", "int32");
  const auto new_major = renumbering(parts.major, major);
  const auto new_minor = renumbering(parts.minor, minor);
  const std::size_t element = parts.data.type().size;
  std::vector<std::int64_t> indptr{0};
  std::vector<std::int32_t> read;
  std::vector<std::int32_t> kept_indices;
  std::vector<std::byte> kept_values;
  for (Index first = 0, last = 0; first < parts.major; first = last) {
    const Index begin = parts.indptr[static_cast<std::size_t>(first)];
    for (last = first + 1; last < parts.major; ++last)
      if (parts.indptr[static_cast<std::size_t>(last) + 1] - begin > kSparsePiece) break;
    const Index count = parts.indptr[static_cast<std::size_t>(last)] - begin;
    read.resize(static_cast<std::size_t>(count));
    parts.indices.slab(begin, count, read.data());
    const auto values = parts.data.raw_slab(begin, count);
    kept_indices.clear();
    kept_values.clear();
    for (Index i = first; i < last; ++i) {
      if (new_major[static_cast<std::size_t>(i)] < 0) continue;
      const auto from = static_cast<std::size_t>(parts.indptr[static_cast<std::size_t>(i)] - begin);
      const auto to = static_cast<std::size_t>(parts.indptr[static_cast<std::size_t>(i) + 1] - begin);
      const auto before = static_cast<std::int64_t>(kept_indices.size());
      for (std::size_t k = from; k < to; ++k) {
        if (read[k] < 0 || read[k] >= parts.minor)
          parts.indices.fail(
              "expected indices from 0 to " + std::to_string(parts.minor - 1) + ", found " + std::to_string(read[k]),
              "the file is damaged; write it again");
        const std::int32_t index = new_minor[static_cast<std::size_t>(read[k])];
        if (index < 0) continue;
        kept_indices.push_back(index);
        kept_values.insert(kept_values.end(), values.data() + k * element, values.data() + (k + 1) * element);
      }
      indptr.push_back(indptr.back() + static_cast<std::int64_t>(kept_indices.size()) - before);
    }
    indices.append(kept_indices);
    data.append(kept_values);
  }
  indices.finish();
  data.finish();
  return indptr;
}

}  // namespace

Column take_entries(const Column& column, h5::Kept kept) {
  if (kept == nullptr) return column;
  Column result = column;
  result.numbers = taken(column.numbers, *kept);
  result.text = taken(column.text, *kept);
  result.missing = taken(column.missing, *kept);
  result.codes = taken(column.codes, *kept);
  return result;
}

std::vector<std::string> take_entries(const std::vector<std::string>& values, h5::Kept kept) {
  return kept == nullptr ? values : taken(values, *kept);
}

void ElementCopier::leave_out(const h5::Node& source, const std::string& why) {
  reporter_.warning(source.file() + ": " + source.path() + " is left out of the output: " + why);
}

void ElementCopier::copy(const h5::Node& source, const h5::Node& parent, const std::string& name, h5::Kept first,
                         h5::Kept second) {
  const bool cut = first != nullptr || second != nullptr;
  if (source.is_dataset()) return copy_dataset(source, parent, name, first, second);
  const std::string encoding = source.encoding();
  if (sparse_kind(source)) {
    if (!cut && copies_as_is(source)) return copy_whole(source, parent, name);
    return copy_sparse(source, parent, name, first, second);
  }
  if (is_frame(source)) {
    std::vector<std::string> columns;
    const h5::Node frame = copy_frame(Frame(source), parent, name, first, columns);
    return finish_frame(frame, columns);
  }
  if (!encoding.empty() && is_column_group(source)) {
    if (!cut) return copy_whole(source, parent, name);
    return copy_column_group(source, parent, name, first);
  }
  if (cut) return leave_out(source, "an element of encoding '" + encoding + "' cannot be cut to the cells that stay");
  if (encoding.empty() || encoding == "dict" || encoding == "mapping") return copy_dict(source, parent, name);
  copy_whole(source, parent, name);
}

void ElementCopier::copy_dataset(const h5::Node& source, const h5::Node& parent, const std::string& name,
                                 h5::Kept first, h5::Kept second) {
  using Kind = h5::Type::Kind;
  const bool cut = first != nullptr || second != nullptr;
  if (source.is_null() || (!cut && !source.encoding().empty())) return parent.copy_whole_dataset(source, name);
  const h5::Type type = source.type();
  const auto dims = source.dims();
  if (type.kind == Kind::text && dims.size() == 1 && second == nullptr)
    return write_string_array(parent, name, take_entries(source.texts(), first));
  if (type.kind == Kind::text && dims.empty())
    return parent.write_text(name, source.texts().front()).set_encoding("string", "0.2.0");
  if (type.kind == Kind::other) return leave_out(source, "its elements are of a type that AnnData does not have");
  const h5::Node target = parent.copy_dataset(source, name, {first, second});
  target.copy_attributes(source);
  if (!source.encoding().empty()) return;
  if (type.kind == Kind::compound)
    target.set_encoding("rec-array", "0.2.0");
  else if (type.kind == Kind::text)
    target.set_encoding("string-array", "0.2.0");
  else
    target.set_encoding(dims.empty() ? "numeric-scalar" : "array", "0.2.0");
}

void ElementCopier::copy_sparse(const h5::Node& source, const h5::Node& parent, const std::string& name, h5::Kept first,
                                h5::Kept second) {
  const SparseParts parts = open_sparse(source);
  const h5::Kept major = parts.csr ? first : second;
  const h5::Kept minor = parts.csr ? second : first;
  if (major != nullptr && !major->empty() && major->back() >= parts.major)
    source.fail("expected its shape to match obs and var");
  if (minor != nullptr && !minor->empty() && minor->back() >= parts.minor)
    source.fail("expected its shape to match obs and var");
  const Index majors = major == nullptr ? parts.major : static_cast<Index>(major->size());
  const Index minors = minor == nullptr ? parts.minor : static_cast<Index>(minor->size());
  const h5::Node group = parent.create_group(name);
  group.set_encoding(parts.csr ? "csr_matrix" : "csc_matrix", "0.1.0");
  group.set_attribute("shape", parts.csr ? std::vector<Index>{majors, minors} : std::vector<Index>{minors, majors});
  const auto indptr = copy_entries(parts, major, minor, group);
  group.write_array("indptr", {majors + 1}, indptr.data(), "int64");
}

// A categorical or nullable column: its parts along the rows are cut, the categories stay.
void ElementCopier::copy_column_group(const h5::Node& source, const h5::Node& parent, const std::string& name,
                                      h5::Kept rows) {
  const h5::Node group = parent.create_group(name);
  group.copy_attributes(source);
  for (const auto& member : source.children()) {
    const bool along_rows = member == "codes" || member == "values" || member == "mask";
    copy(source.child(member), group, member, along_rows ? rows : nullptr);
  }
}

// What takes members from a group calls this first: links may share groups, or lead back to one above.
void ElementCopier::descend(const h5::Node& group) {
  if (depth_ >= kDeepest || --budget_ < 0)
    group.fail("it is nested more than " + std::to_string(kDeepest) + " levels deep, or endlessly",
               "remove it from the file");
  ++depth_;
}

void ElementCopier::copy_dict(const h5::Node& source, const h5::Node& parent, const std::string& name) {
  descend(source);
  const h5::Node group = parent.create_group(name);
  group.copy_attributes(source);
  group.set_encoding("dict", "0.1.0");
  for (const auto& member : source.children()) copy(source.child(member), group, member);
  --depth_;
}

void ElementCopier::copy_whole(const h5::Node& source, const h5::Node& parent, const std::string& name) {
  if (source.is_dataset()) return parent.copy_whole_dataset(source, name);
  descend(source);
  const h5::Node group = parent.create_group(name);
  group.copy_attributes(source);
  for (const auto& member : source.children()) copy_whole(source.child(member), group, member);
  --depth_;
}

h5::Node ElementCopier::copy_frame(const Frame& frame, const h5::Node& parent, const std::string& name, h5::Kept rows,
                                   std::vector<std::string>& columns) {
  if (rows != nullptr && !rows->empty() && rows->back() >= frame.rows())
    frame.node().fail("expected more than " + std::to_string(rows->back()) + " rows, found " +
                      std::to_string(frame.rows()));
  h5::Node group = begin_frame(parent, name, frame.index_name());
  const bool tagged_index =
      !frame.is_compound() && frame.node().child(frame.index_name()).encoding().find("string") != std::string::npos;
  if (tagged_index)
    copy(frame.node().child(frame.index_name()), group, frame.index_name(), rows);
  else
    write_string_array(group, frame.index_name(), take_entries(frame.names(), rows));
  for (const auto& column : frame.columns()) {
    const bool legacy = frame.is_compound() || frame.node().child(column).has_attribute("categories");
    if (column.find('/') != std::string::npos) {
      leave_out(frame.node(), "the name of its column '" + column + "' holds a slash");
      continue;
    }
    if (!legacy) frame.check_column(column);
    if (legacy)
      write_column(group, column, take_entries(frame.column(column), rows));
    else
      copy(frame.node().child(column), group, column, rows);
    if (group.has(column)) columns.push_back(column);
  }
  return group;
}

}  // namespace instar::io
