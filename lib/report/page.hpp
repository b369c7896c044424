#pragma once

#include <string>

#include "report/content.hpp"

namespace instar::report {

/// One self-contained HTML page of everything in `content`: no network, no external script, under 5 MB whatever the
/// number of cells (see Limits). The same content gives the same bytes.
std::string page(const Content& content);

/// Names of the panels that `content` has, for --figure.
std::vector<std::string> figure_names(const Content& content);

/// One panel as an SVG file. @throws UsageError where there is no such panel, naming those there are
std::string figure(const Content& content, const std::string& name);

}  // namespace instar::report
