#pragma once

#include <optional>
#include <string>

#include "am/model.hpp"
#include "core/reporter.hpp"
#include "core/snapshots.hpp"
#include "io/h5ad.hpp"
#include "shared/embedding.hpp"
#include "shared/stored_basis.hpp"

namespace instar::tools {

/// A model as its file holds it.
struct FittedModel {
  std::string path;
  am::Model model;
  std::optional<StoredBasis> basis;  ///< the components that its coordinates are; absent where the file holds none
};

/// @throws DataError naming the file
FittedModel read_model(const std::string& path);

/// Warns, once, of cells that are not in the coordinates the model was fitted in: where both files hold components they
/// are compared, gene by gene; else, and where they agree, am::warn_of_strangers() looks at where the cells are.
void warn_of_other_coordinates(const FittedModel& fitted, const io::H5adFile& file, const core::Snapshots& snapshots,
                               core::Reporter& reporter);

/// How the model's coordinates become expression of the genes of `file`: by the components in the model, else by those
/// in `file`. @throws DataError where the two differ, or there are none
Decoder decoder_of(const FittedModel& fitted, const io::H5adFile& file);

}  // namespace instar::tools
