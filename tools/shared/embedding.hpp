#pragma once

#include <memory>
#include <string>
#include <vector>

#include "am/model.hpp"
#include "core/reporter.hpp"
#include "core/row_blocks.hpp"
#include "core/snapshots.hpp"
#include "io/h5ad.hpp"
#include "io/times.hpp"

namespace instar::tools {

/// Which cells of a file are meant, and in which coordinates.
struct EmbeddingRequest {
  std::string input;            ///< h5ad file, or -
  std::string basis = "X_pca";  ///< key of obsm, or X
  std::int64_t dims = 0;        ///< leading dimensions; 0: all
  std::string time_key;
  bool drop_missing_times = false;
  std::string time_unit = {};  ///< expected unit of the times; empty: any
  std::string advice = {};     ///< what to do where the basis does not fit; empty: the usual
  std::string or_first = {};   ///< what else to do where there is no such embedding, said first; may be empty
};

/// A file with its cells grouped by time; open as long as this lives.
struct Embedding {
  io::H5adFile file;
  io::CellTimes times;
  core::Snapshots snapshots;
};

/// @throws DataError for a missing basis or time column, too few dimensions, or coordinates that are not finite (names
/// cell
///   and column); cells without a time may have any coordinates
Embedding read_embedding(const EmbeddingRequest& request, core::Reporter& reporter);

/// An embedding whose coordinates stay in the file.
struct StreamedEmbedding {
  Embedding cells;                               ///< its coordinates are [0, dims]
  std::unique_ptr<core::RowBlocks> coordinates;  ///< [cells, dims]; next() refuses what read_embedding() refuses
};

/// read_embedding() for what reads coordinates in blocks of rows. @throws as it does, the coordinates' own errors later
StreamedEmbedding open_embedding(const EmbeddingRequest& request, core::Reporter& reporter);

/// Coordinates of all cells in a basis, its leading `dims` (0: all).
Matrix read_coordinates(const io::H5adFile& file, const std::string& basis, std::int64_t dims,
                        const std::string& advice = "", const std::string& or_first = "");

/// Says which times were read, a detail line each.
void detail_times(const io::CellTimes& times, core::Reporter& reporter);

/// Path of a basis inside a file, for messages: `X` or `obsm/X_pca`.
std::string basis_path(const std::string& basis);
/// Key of the velocities that belong to a basis, as scVelo names them: X_pca -> velocity_pca, X -> velocity_X.
std::string velocity_key(const std::string& basis);

/// Asks for the cells as the model wants them: its basis, dimensions, unit of time, and time column unless one was
/// given.
void use_model(EmbeddingRequest& request, const am::Model& model);

/// How coordinates become expression: expression = mean + coordinates * loadings^T.
struct Decoder {
  Matrix loadings;  ///< [genes, dims]
  Vector mean;      ///< [genes]
};

/// Ascending positions of the genes that have a loading other than 0.
std::vector<Index> genes_with_loadings(const Decoder& decoder);

/// The loadings that belong to `basis` (varm/PCs for X_pca) and the mean they are centred by: the stored one, else that
/// of X.
/// @throws DataError where the file has no loadings for this basis
Decoder read_decoder(const io::H5adFile& file, const std::string& basis, Index dims);

}  // namespace instar::tools
