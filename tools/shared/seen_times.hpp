#pragma once

#include <string>
#include <vector>

#include "core/reporter.hpp"
#include "io/h5ad.hpp"

namespace instar::tools {

/// Those of `times` whose cells the components `basis` were not, as far as the file tells, fitted without: they are
/// not among the --exclude-times that instar-pca noted. Expression (basis X) has no components: none.
std::vector<double> times_seen_by(const io::H5adFile& file, const std::string& basis, const std::vector<double>& times);

/// `nothing in FILE says that BASIS was fitted without time 1,2, whose cells ...`. @param seen by times_seen_by
std::string doubt_of_components(const io::H5adFile& file, const std::string& basis, const std::vector<double>& seen);
/// `1,2`, as a flag takes them.
std::string flag_of_times(const std::vector<double>& times);

/// Warns, once for all of them, where held-out times may have shaped the components, and says what to do.
/// @param other_way what else to do than to compute components anew, with the word that leads on: "...; or "
void warn_of_seen_times(const io::H5adFile& file, const std::string& basis, const std::vector<double>& times,
                        const std::string& other_way, core::Reporter& reporter);

}  // namespace instar::tools
