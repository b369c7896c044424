#pragma once

#include <string>

#include "cli/command.hpp"
#include "sim/expression.hpp"
#include "sim/simulation.hpp"

namespace instar::tools {

/// Writes simulated cells with what is true of them. @param expression how genes are counted; none: X holds the states
void write_simulation(const std::string& output, const sim::Simulation& made, const sim::ExpressionOptions* expression,
                      const cli::Context& context);

}  // namespace instar::tools
