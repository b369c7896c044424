#include "math/sparse_transport.hpp"

#include <algorithm>
#include <cmath>
#include <lemon/network_simplex.h>
#include <lemon/static_graph.h>
#include <utility>

#include "core/error.hpp"

namespace instar::math {
namespace {

using Graph = lemon::StaticDigraph;
using Simplex = lemon::NetworkSimplex<Graph, std::int64_t, std::int64_t>;

/// What LEMON calls a map: values looked up by the number of a node or an arc.
struct ArcCosts {
  using Key = Graph::Arc;
  using Value = std::int64_t;
  const std::vector<std::int64_t>& values;
  Value operator[](Key arc) const { return values[static_cast<std::size_t>(Graph::id(arc))]; }
};
struct NodeSupplies {
  using Key = Graph::Node;
  using Value = std::int64_t;
  const std::vector<std::int64_t>& values;
  Value operator[](Key node) const { return values[static_cast<std::size_t>(Graph::id(node))]; }
};

}  // namespace

double cost_scale(double largest, Index nodes) {
  if (largest <= 0) return 1;
  return std::exp2(std::min(50.0, std::floor(60 - std::log2(static_cast<double>(nodes) + 1)))) / largest;
}

SparseFlow sparse_transport(const std::vector<Arc>& arcs, const std::vector<double>& costs,
                            const std::vector<std::int64_t>& row_supply, const std::vector<std::int64_t>& col_supply) {
  const std::size_t rows = row_supply.size();
  const std::size_t cols = col_supply.size();
  std::vector<std::pair<int, int>> ends(arcs.size());
  for (std::size_t e = 0; e < arcs.size(); ++e) ends[e] = {arcs[e].row, static_cast<int>(rows) + arcs[e].col};
  Graph graph;
  graph.build(static_cast<int>(rows + cols), ends.begin(), ends.end());

  const double largest = costs.empty() ? 0 : *std::max_element(costs.begin(), costs.end());
  const double scale = cost_scale(largest, static_cast<Index>(rows + cols));
  std::vector<std::int64_t> whole_costs(costs.size());
  std::transform(costs.begin(), costs.end(), whole_costs.begin(), [&](double c) { return std::llround(c * scale); });
  std::vector<std::int64_t> supplies(row_supply);
  for (const std::int64_t demand : col_supply) supplies.push_back(-demand);

  Simplex simplex(graph);
  simplex.costMap(ArcCosts{whole_costs}).supplyMap(NodeSupplies{supplies});
  if (simplex.run() != Simplex::OPTIMAL)
    throw NumericError("optimal transport", "the network simplex ended without an optimum");

  SparseFlow result;
  result.flow.resize(arcs.size());
  for (std::size_t e = 0; e < arcs.size(); ++e) result.flow[e] = simplex.flow(Graph::arc(static_cast<int>(e)));
  result.row_dual.resize(static_cast<Index>(rows));
  result.col_dual.resize(static_cast<Index>(cols));
  for (std::size_t i = 0; i < rows; ++i)
    result.row_dual[static_cast<Index>(i)] =
        -static_cast<double>(simplex.potential(Graph::node(static_cast<int>(i)))) / scale;
  for (std::size_t j = 0; j < cols; ++j)
    result.col_dual[static_cast<Index>(j)] =
        static_cast<double>(simplex.potential(Graph::node(static_cast<int>(rows + j)))) / scale;
  return result;
}

}  // namespace instar::math
