#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/types.hpp"

/// What io needs of HDF5, as values that close themselves and fail with a DataError naming file and place. Only the
/// h5*.cpp files include the library's header. Not thread-safe: neither is the library.
namespace instar::io::h5 {

/// Owns an HDF5 identifier (hid_t); copies share the object.
class Id {
 public:
  Id() = default;
  explicit Id(std::int64_t value) : value_(value) {}
  Id(const Id& other);
  Id(Id&& other) noexcept : value_(other.value_) { other.value_ = -1; }
  Id& operator=(Id other) noexcept;
  ~Id();
  std::int64_t get() const { return value_; }
  bool valid() const { return value_ >= 0; }
  void forget() { value_ = -1; }  ///< it has been closed otherwise

 private:
  std::int64_t value_ = -1;
};

/// The type of stored elements.
struct Type {
  enum class Kind { integer, real, boolean, complex, text, compound, other };
  Kind kind = Kind::other;
  std::size_t size = 0;     ///< bytes of an element
  bool is_signed = true;    ///< integers
  bool variable = false;    ///< text of variable length
  std::vector<Index> dims;  ///< of array types (members of compounds), else empty
  std::string numpy;        ///< numpy's name: float32, uint8, bool, str
  bool is_number() const { return kind == Kind::integer || kind == Kind::real || kind == Kind::boolean; }
};

/// One member of a compound type.
struct Member {
  std::string name;
  Type type;
};

/// How hard deflate works: as h5py's default.
inline constexpr int kDeflateLevel = 4;

/// Bytes of a chunk that is written, about.
inline constexpr std::size_t kChunkBytes = std::size_t{512} << 10;

/// How the chunks of a growing list are stored.
struct Packing {
  bool shuffle = true;        ///< bytes of numbers apart; equal numbers in a row are better left whole
  int level = kDeflateLevel;  ///< 0: as they are, without filters
};

/// The positions kept along one axis, ascending; null: all.
using Kept = const std::vector<Index>*;

/// An open group or dataset. Knows its file and path, for messages.
class Node {
 public:
  const std::string& path() const { return path_; }
  const std::string& file() const { return *file_; }
  bool is_group() const { return group_; }
  bool is_dataset() const { return !group_; }
  /// @throws DataError, always: `FILE: PATH: problem; advice`
  [[noreturn]] void fail(const std::string& problem, const std::string& advice = "") const;

  // Attributes
  bool has_attribute(const std::string& name) const;
  std::optional<std::string> text_attribute(const std::string& name) const;  ///< scalar or one element; else nothing
  std::vector<std::string> texts_attribute(const std::string& name) const;   ///< empty where missing or not text
  std::vector<Index> integers_attribute(const std::string& name) const;      ///< empty where missing or not integers
  std::string encoding() const { return text_attribute("encoding-type").value_or(""); }

  // Groups
  std::vector<std::string> children() const;  ///< names in alphabetical order; links to nowhere are left out
  bool has(const std::string& name) const;
  /// @throws DataError where it is missing, leads to another file, or is stored in a way that is not accepted
  Node child(const std::string& name) const;
  std::optional<Node> find(const std::string& name) const;

  // Datasets
  std::vector<Index> dims() const;  ///< empty for a scalar
  Index size() const;               ///< number of elements
  bool is_null() const;             ///< a dataset without a space (anndata's None)
  Type type() const;
  std::vector<Index> chunk() const;  ///< empty where not chunked
  /// Bytes of expanded chunks that the library keeps while this is read; 0 where it is not asked to expand them.
  Index cached_bytes() const;
  /// Whether what the shape declares can be in the file at all; done by all readers but slab().
  /// @throws DataError where it cannot
  void check_storage() const;
  /// The same, and that its elements are single numbers.
  void check_numbers() const;
  /// All elements, converted. T: double, float, int64_t, int32_t, int8_t.
  template <class T>
  std::vector<T> numbers() const;
  /// Elements [begin, begin + count) of the first axis, all of the others, into `out`. Numbers in compressed chunks are
  /// expanded by several threads.
  template <class T>
  void slab(Index begin, Index count, T* out) const;
  /// Elements of a text dataset, the first `most` of them (negative: all); never-written ones are "".
  std::vector<std::string> texts(Index most = -1) const;
  std::vector<Member> members() const;                                  ///< of a compound type
  std::vector<double> member_numbers(const std::string& member) const;  ///< row by row, arrays flattened
  std::vector<std::string> member_texts(const std::string& member) const;
  /// As slab(), in the stored type (fixed size only).
  std::vector<std::byte> raw_slab(Index begin, Index count) const;

  // Writing (in files made by create())
  void set_attribute(const std::string& name, const std::string& value) const;
  void set_attribute(const std::string& name, const std::vector<std::string>& values) const;
  void set_attribute(const std::string& name, const std::vector<Index>& values) const;
  void set_attribute(const std::string& name, bool value) const;
  void remove_attribute(const std::string& name) const;
  void set_encoding(const std::string& type, const std::string& version) const;
  /// Groups track creation order so that their attributes may exceed 64 kB (`column-order` of thousands of columns).
  Node create_group(const std::string& name) const;
  /// @param stored numpy name of the type in the file; `bool` takes T = int8_t
  template <class T>
  Node write_array(const std::string& name, const std::vector<Index>& shape, const T* data,
                   const std::string& stored) const;
  Node write_texts(const std::string& name, const std::vector<std::string>& values) const;
  Node write_text(const std::string& name, const std::string& value) const;  ///< scalar
  /// An empty list of numbers (or, with a `tail`, of rows of numbers) in chunks of `chunk` entries, to be filled with
  /// write_chunk(). It grows along its first axis.
  Node create_chunked(const std::string& name, const std::vector<Index>& tail, Index chunk, const std::string& stored,
                      const Packing& packing = {}) const;
  /// The same for a list, with the type of the elements of `like`, shuffled and deflated.
  Node create_chunked_like(const std::string& name, Index chunk, const Node& like) const;
  /// One chunk of such a dataset as it shall be in the file, packed. Its length must reach there.
  void write_chunk(Index number, const std::vector<std::byte>& bytes) const;
  void set_length(Index count) const;          ///< of a growing dataset; what is not written reads as zero
  void remove(const std::string& name) const;  ///< the member of this group; nothing where there is none

  // Copying
  /// Copies a dataset with its attributes as `name`, its chunks as they are where they refer to nothing.
  void copy_whole_dataset(const Node& source, const std::string& name) const;
  /// Copies a dataset of any type, only the positions kept along each axis (missing entries: all).
  Node copy_dataset(const Node& source, const std::string& name, const std::vector<Kept>& kept) const;
  void copy_attributes(const Node& source) const;

 private:
  friend class File;
  Node(std::shared_ptr<const std::string> file, std::string path, Id id, bool group);
  Node made(const std::string& name, Id id, bool group) const;
  Id create_dataset(const std::string& name, const Id& type, const Id& space, const Id& properties) const;
  void check_chunk_count() const;
  void read_slab(Index begin, Index count, const Id& memory_type, void* out) const;
  template <class T>
  bool expand_slab(Index begin, Index count, T* out) const;
  Index write_kept(const Id& type, Index written, bool last, std::vector<std::byte>& rows) const;
  bool expand_as_stored(Index begin, Index count, const Id& type, void* out) const;
  Node create_chunks(const std::string& name, const std::vector<Index>& tail, Index chunk, const Id& type,
                     const Packing& packing) const;
  void write_slab(Index begin, Index count, const Id& memory_type, const void* data) const;
  std::vector<std::string> read_texts(const Id& memory_type, Index most) const;
  std::string place(const std::string& name) const { return path_.empty() ? name : path_ + "/" + name; }

  std::shared_ptr<const std::string> file_;
  std::string path_;
  Id id_;
  bool group_ = true;
};

/// An HDF5 file.
class File {
 public:
  /// @param name how messages call the file
  /// @throws DataError where the library cannot open it
  static File open(const std::string& path, const std::string& name);
  static File create(const std::string& path, const std::string& name);
  Node root() const;
  /// Writes everything out and closes. @throws DataError (disk full)
  void close();

 private:
  std::shared_ptr<const std::string> name_;
  Id id_;
};

/// What the library last complained of, in short: the filter that is missing, the disk that is full, the place that is
/// damaged. Empties the library's list.
struct Complaint {
  std::string problem;
  std::string advice;
};
Complaint last_complaint();

}  // namespace instar::io::h5
