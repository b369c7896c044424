#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/record.hpp"
#include "core/reporter.hpp"
#include "core/row_blocks.hpp"
#include "core/types.hpp"
#include "io/column.hpp"
#include "io/reading.hpp"

namespace instar::io {

enum class MatrixKind { csr, csc, dense };

/// What is known of a matrix without reading it.
struct MatrixInfo {
  MatrixKind kind = MatrixKind::csr;
  std::string dtype;  ///< numpy's name: float32, int64, uint16, bool
  Index rows = 0;
  Index cols = 0;
  Index stored = 0;  ///< values in the file; of a dense one, all
};

/// Which expression matrix of a file is meant.
struct MatrixName {
  enum class Slot { x, layer, raw } slot = Slot::x;
  std::string layer = {};    ///< name, for Slot::layer
  std::string path() const;  ///< `X`, `layers/counts`, `raw/X`
};

/// An AnnData file opened for reading. Reads every layout from anndata 0.6 to 0.13. Opening reads names and shapes
/// only. The file is never changed and never locked.
class H5adFile {
 public:
  struct Impl;  ///< private to io
  /// @param path a file, or `-` for standard input (spooled to TMPDIR, removed at the end)
  /// @param reading how matrices are read; its reporter must live as long as this
  /// @throws DataError for what is not an h5ad file (says which format it looks like)
  explicit H5adFile(const std::string& path, const Reading& reading = {});
  ~H5adFile();
  H5adFile(H5adFile&&) noexcept;
  H5adFile& operator=(H5adFile&&) noexcept;

  const std::string& path() const;  ///< as given, for messages
  std::int64_t bytes() const;       ///< of the file
  Index n_obs() const;
  Index n_vars() const;

  std::vector<std::string> obs_names() const;
  std::vector<std::string> var_names() const;
  std::vector<std::string> raw_var_names() const;  ///< of raw/var; empty without raw
  std::vector<std::string> obs_columns() const;    ///< in the file's order
  std::vector<std::string> var_columns() const;
  std::vector<std::string> layers() const;
  std::vector<std::string> obsm() const;
  std::vector<std::string> varm() const;
  std::vector<std::string> obsp() const;
  std::vector<std::string> varp() const;
  std::vector<std::string> uns() const;

  bool has_obs(const std::string& name) const;
  bool has_var(const std::string& name) const;
  bool has_obsm(const std::string& name) const;
  bool has_varm(const std::string& name) const;
  /// @throws DataError where the column is missing (naming those that exist) or of a kind that is not understood
  Column obs(const std::string& name) const;
  Column var(const std::string& name) const;
  /// The labels of a column of obs at a glance, without reading its rows: the first `most` texts, or all categories,
  /// used or not. None for numbers.
  std::vector<std::string> some_obs_labels(const std::string& name, Index most) const;

  std::pair<Index, Index> obsm_shape(const std::string& name) const;
  /// [n_obs, dims] from an array, a dataframe of numbers or a sparse matrix.
  Matrix obsm(const std::string& name) const;
  /// The same in blocks of rows; valid while the file is open.
  std::unique_ptr<core::RowBlocks> obsm_rows(const std::string& name) const;
  /// [n_vars, dims]
  Matrix varm(const std::string& name) const;
  /// Numbers of a dataset in uns, flattened (`pca/variance`); nothing where it is missing or not numeric.
  std::optional<std::vector<double>> uns_numbers(const std::string& path) const;
  std::optional<std::string> uns_text(const std::string& path) const;

  /// Nothing where the file has no such matrix.
  /// @throws DataError where its shape is not cells x genes
  std::optional<MatrixInfo> matrix_info(const MatrixName& name) const;
  /// The rows of a matrix of any kind and number type, in blocks; valid while the file is open. One that is stored by
  /// columns is turned once: in memory where it fits, else through a file in TMPDIR (said in a warning).
  /// @throws DataError where it is missing, or what it holds contradicts its shape
  std::unique_ptr<core::RowBlocks> matrix(const MatrixName& name) const;
  /// What is thrown where a matrix is asked for that is not there: names the layers that are.
  DataError no_such_matrix(const MatrixName& name) const;
  /// Says how many bytes whoever reads holds beside the blocks, so that these are planned within what is left.
  void hold_beside(std::int64_t bytes);
  /// Estimate of what the process holds while it reads that matrix in blocks, in bytes.
  /// @param rewritten a matrix of the same size is written from it
  std::int64_t reading_bytes(const MatrixName& name, bool rewritten) const;
  /// Up to `count` of its stored values, the first ones; for a look at what they are.
  std::vector<double> first_values(const MatrixName& name, Index count) const;
  /// The whole matrix dense, [rows, cols]; for small ones (`--basis X`).
  Matrix dense(const MatrixName& name) const;

  /// Digest of the file's bytes (for provenance), 16 hexadecimal digits.
  std::string digest() const;

 private:
  friend class H5adWriter;
  std::unique_ptr<Impl> impl_;
};

/// Writes an AnnData file in the 0.8 encodings, which every anndata since then and the R readers open. Everything goes
/// to a file beside the target; commit() syncs and renames it. Without commit() nothing remains and the old file stays.
class H5adWriter {
 public:
  /// A new file with these names. @param path target, or `-` for standard output
  H5adWriter(const std::string& path, const std::vector<std::string>& obs_names,
             const std::vector<std::string>& var_names);
  /// A copy of `input`, everything in it (uns, obsp, layers, unknown columns) as it stands, to change some of it.
  /// Legacy layouts are written anew in today's encodings.
  /// @param keep_obs, keep_vars [n_obs], [n_vars] rows that stay; absent: all. Elements along the axes are cut
  /// accordingly;
  ///   what cannot be cut (awkward arrays) is left out with a warning
  /// @param replace_x true: X is not copied, write_matrix() gives the new one
  H5adWriter(const std::string& path, const H5adFile& input, core::Reporter& reporter, bool replace_x = false,
             const std::optional<std::vector<bool>>& keep_obs = {},
             const std::optional<std::vector<bool>>& keep_vars = {});
  ~H5adWriter();
  H5adWriter(const H5adWriter&) = delete;
  H5adWriter& operator=(const H5adWriter&) = delete;

  /// Each replaces what has that name.
  void set_obs(const std::string& name, const Column& column);
  void set_var(const std::string& name, const Column& column);
  void set_obsm(const std::string& name, const MatrixF& values);
  void set_obsm(const std::string& name, const Matrix& values);
  /// The same block by block, float32: every row of the file, and finish() before commit(). @param cols its columns
  std::unique_ptr<core::RowSink> write_obsm(const std::string& name, Index cols);
  void set_varm(const std::string& name, const Matrix& values);
  /// A fact under uns; dots in the name make groups. An empty group: set_uns_group.
  void set_uns(const std::string& name, const core::Value& value);
  void set_uns_group(const std::string& name);
  void remove_uns(const std::string& name);
  /// A new X or layer, block by block: float32 values, CSR or dense as asked; call finish() on it before commit().
  /// `rows` and `cols` are its shape. @param compressed of a CSR; dense ones always are
  std::unique_ptr<core::RowSink> write_matrix(const MatrixName& name, Index rows, Index cols, MatrixKind kind,
                                              bool compressed = true);
  /// A dense float32 matrix at once (predictions in gene space).
  void set_matrix(const MatrixName& name, const MatrixF& values);
  /// Adds uns[instar][provenance][tool] (JSON text); `facts` are the tool, version, command line, resolved options,
  /// seed, input digest.
  void add_provenance(const std::string& tool, const core::Facts& facts);

  /// Syncs and renames onto the target, or copies to standard output. @throws DataError where that fails
  void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace instar::io
