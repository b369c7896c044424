#include "math/transport_simplex.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/error.hpp"

namespace instar::math {

TransportSimplex::TransportSimplex(std::size_t rows, std::size_t cols, const std::vector<Arc>& plan,
                                   const std::vector<Units>& flow, const std::vector<Units>& cost,
                                   const std::vector<Units>& row_guess)
    : rows_(rows),
      root_(static_cast<Node>(rows + cols)),
      links_(rows + cols + 1),
      branches_(rows + cols + 1),
      dual_(rows + cols + 1, 0),
      queue_(rows + cols + 1) {
  // The arcs of every node, one after the other.
  std::vector<std::size_t> begin(links_.size() + 1, 0), order(2 * plan.size());
  for (const Arc& arc : plan) {
    ++begin[static_cast<std::size_t>(arc.row) + 1];
    ++begin[rows + static_cast<std::size_t>(arc.col) + 1];
  }
  for (std::size_t v = 0; v + 1 < begin.size(); ++v) begin[v + 1] += begin[v];
  std::vector<std::size_t> next(begin.begin(), begin.end() - 1);
  for (std::size_t e = 0; e < plan.size(); ++e) {
    order[next[static_cast<std::size_t>(plan[e].row)]++] = e;
    order[next[rows + static_cast<std::size_t>(plan[e].col)]++] = e;
  }
  std::vector<Node> visited;
  visited.reserve(links_.size());
  for (std::size_t i = 0; i < rows; ++i) {
    if (at(static_cast<Node>(i)).parent != kNone) continue;
    // An arc to the root without flow must point to it: it has to be a row's.
    attach(static_cast<Node>(i), root_);
    dual_[i] = row_guess[i];
    std::size_t head = visited.size();
    for (visited.push_back(static_cast<Node>(i)); head < visited.size(); ++head) {
      const Node here = visited[head];
      for (std::size_t k = begin[static_cast<std::size_t>(here)]; k < begin[static_cast<std::size_t>(here) + 1]; ++k) {
        const std::size_t e = order[k];
        const Node there = is_row(here) ? static_cast<Node>(rows) + plan[e].col : plan[e].row;
        if (there == at(here).parent) continue;
        if (at(there).parent != kNone) throw NumericError("optimal transport", "the first plan has a cycle");
        attach(there, here);
        at(there).flow = flow[e];
        dual_[static_cast<std::size_t>(there)] = cost[e] - dual_[static_cast<std::size_t>(here)];
        visited.push_back(there);
      }
    }
  }
  for (auto v = visited.rbegin(); v != visited.rend(); ++v) at(at(*v).parent).size += at(*v).size;
}

void TransportSimplex::attach(Node child, Node parent) {
  Link& link = at(child);
  link.parent = parent;
  link.previous = kNone;
  Node& next = down(child).next;
  next = std::exchange(down(parent).first_child, child);
  if (next != kNone) at(next).previous = child;
}

void TransportSimplex::detach(Node child) {
  const Link& link = at(child);
  const Node next = down(child).next;
  if (next != kNone) at(next).previous = link.previous;
  (link.previous != kNone ? down(link.previous).next : down(link.parent).first_child) = next;
}

TransportSimplex::Node TransportSimplex::join_of(Node u, Node v) const {
  while (u != v) {
    // The smaller subtree cannot hold the other node.
    Node& lower = at(u).size < at(v).size ? u : v;
    lower = at(lower).parent;
  }
  return u;
}

/// Of the arcs that lose flow the one with the least; of several the last on the cycle, walked from the join along the
/// entering arc: this keeps the tree strongly feasible.
TransportSimplex::Leaving TransportSimplex::find_leaving(Node row, Node col, Node join) const {
  Leaving leaving{kNone, std::numeric_limits<Units>::max(), true};
  for (Node v = row; v != join; v = at(v).parent)
    if (is_row(v) && at(v).flow < leaving.flow) leaving = {v, at(v).flow, true};
  for (Node v = col; v != join; v = at(v).parent)
    if (!is_row(v) && at(v).flow <= leaving.flow) leaving = {v, at(v).flow, false};
  return leaving;
}

void TransportSimplex::push(Node row, Node col, Node join, Units flow) {
  for (Node v = row; v != join; v = at(v).parent) at(v).flow += is_row(v) ? -flow : flow;
  for (Node v = col; v != join; v = at(v).parent) at(v).flow += is_row(v) ? flow : -flow;
}

/// Makes new_top the top of the subtree that hung below `top`.
void TransportSimplex::turn_around(Node top, Node new_top, std::int32_t size) {
  Node below = new_top, here = at(new_top).parent;
  Units flow = at(new_top).flow;
  std::int32_t below_size = std::exchange(at(new_top).size, size);
  while (below != top) {
    const Node above = at(here).parent;
    const Units next_flow = at(here).flow;
    if (below == new_top) detach(below);
    if (here != top) detach(here);
    attach(here, below);
    at(here).flow = flow;
    below_size = std::exchange(at(here).size, size - below_size);
    flow = next_flow;
    below = here;
    here = above;
  }
}

/// Breadth first: the nodes to come are known ahead, so that their loads overlap.
void TransportSimplex::shift_duals(Node top, Units rows_by) {
  std::size_t count = 1;
  queue_[0] = top;
  for (std::size_t head = 0; head < count; ++head) {
    const Node v = queue_[head];
    dual_[static_cast<std::size_t>(v)] += is_row(v) ? rows_by : -rows_by;
    for (Node child = down(v).first_child; child != kNone; child = down(child).next) queue_[count++] = child;
  }
}

void TransportSimplex::enter(Arc arc, Units reduced) {
  const Node row = arc.row, col = static_cast<Node>(rows_) + arc.col;
  const Node join = join_of(row, col);
  const Leaving leaving = find_leaving(row, col, join);
  if (leaving.node == kNone) throw NumericError("optimal transport", "a cycle of the plan loses no mass");
  if (leaving.flow > 0) push(row, col, join, leaving.flow);

  const std::int32_t size = at(leaving.node).size;
  for (Node v = at(leaving.node).parent; v != join; v = at(v).parent) at(v).size -= size;
  detach(leaving.node);
  const Node top = leaving.below_row ? row : col, above = leaving.below_row ? col : row;
  turn_around(leaving.node, top, size);
  // Moving one part's duals or the other's the opposite way is the same.
  const Units rows_by = leaving.below_row ? reduced : -reduced;
  if (2 * static_cast<std::size_t>(size) <= links_.size())
    shift_duals(top, rows_by);
  else
    shift_duals(root_, -rows_by);
  attach(top, above);
  at(top).flow = leaving.flow;
  for (Node v = above; v != join; v = at(v).parent) at(v).size += size;
}

std::vector<TransportSimplex::Flow> TransportSimplex::flows() const {
  std::vector<Flow> found;
  for (Node v = 0; v < root_; ++v) {
    const Link& link = at(v);
    if (link.flow == 0 || link.parent == root_) continue;
    const Node row = is_row(v) ? v : link.parent, col = is_row(v) ? link.parent : v;
    found.push_back({{row, static_cast<std::int32_t>(col - static_cast<Node>(rows_))}, link.flow});
  }
  std::sort(found.begin(), found.end(), [](const Flow& p, const Flow& q) { return p.arc < q.arc; });
  return found;
}

}  // namespace instar::math
