#pragma once

#include <string>
#include <vector>

#include "am/model.hpp"
#include "core/record.hpp"
#include "io/h5ad.hpp"
#include "report/content.hpp"

namespace instar::tools {

/// The table of instar-holdout as numbers. @throws DataError
report::Scores read_scores(const std::string& path);
/// What the rows of such a table say of its making; it holds no other record.
report::Source source_of(const report::Scores& scores, const std::string& path);

/// The --log of instar-fit. @throws DataError where no line has a step and a loss
report::Training read_training(const std::string& path);

/// Facts as lines of text, for the page's last section.
report::Source source_of(const std::string& title, const core::Facts& facts);
/// What each instar tool noted in a file about its making.
std::vector<report::Source> sources_in(const io::H5adFile& file);
report::Source source_of(const am::Model& model, const std::string& path);

}  // namespace instar::tools
