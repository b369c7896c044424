#pragma once

#include <cstdint>
#include <vector>

#include "core/types.hpp"
#include "math/plan_entry.hpp"

namespace instar::math {

/// The transportation simplex on a spanning tree that is kept between calls: arcs may be offered a few at a time, and
/// every pivot goes on from the plan and the duals reached so far. (LEMON's network simplex, which solves a list of
/// arcs given once, has to begin anew for every list.) Masses, costs and duals are whole numbers, so nothing is
/// rounded.
///
/// The tree is rooted at a node of its own, kept strongly feasible (Cunningham, Math. Program. 11, 1976: every tree arc
/// without flow points to the root), which excludes cycling. A pivot walks the cycle that the entering arc closes,
/// turns around the path between the arc that leaves and the one that enters, and moves the duals of the smaller of the
/// two parts into which the tree falls.
class TransportSimplex {
 public:
  using Units = std::int64_t;

  /// Starts from a feasible plan.
  /// @param rows, cols numbers of points
  /// @param plan, flow a forest of arcs with flows > 0 that use up every supply, @param cost [arcs] of them
  /// @param row_guess [rows]: where the forest has several parts, how their duals compare, at best
  /// @throws NumericError where the arcs close a cycle
  TransportSimplex(std::size_t rows, std::size_t cols, const std::vector<Arc>& plan, const std::vector<Units>& flow,
                   const std::vector<Units>& cost, const std::vector<Units>& row_guess);

  /// f and g, f_i + g_j = c_ij on the tree. Differences of f among rows (and g among columns) are what counts.
  Units row_dual(std::size_t i) const { return dual_[i]; }
  Units col_dual(std::size_t j) const { return dual_[rows_ + j]; }

  /// Brings arc (i, j) into the tree. @param reduced c_ij - f_i - g_j < 0
  void enter(Arc arc, Units reduced);

  struct Flow {
    Arc arc;
    Units units;
  };
  /// The positive flows, by row, then column.
  std::vector<Flow> flows() const;

 private:
  using Node = std::int32_t;
  static constexpr Node kNone = -1;
  /// What a walk down the tree reads, apart from the rest: it stays in the nearest caches.
  struct Branch {
    Node first_child = kNone, next = kNone;
  };
  struct Link {
    Node parent = kNone, previous = kNone;
    std::int32_t size = 1;  ///< nodes in the subtree, itself among them
    Units flow = 0;         ///< between the node and its parent; from row to column, whichever is above
  };
  struct Leaving {
    Node node;
    Units flow;
    bool below_row;  ///< on the entering row's way to the join
  };

  Link& at(Node node) { return links_[static_cast<std::size_t>(node)]; }
  const Link& at(Node node) const { return links_[static_cast<std::size_t>(node)]; }
  Branch& down(Node node) { return branches_[static_cast<std::size_t>(node)]; }
  bool is_row(Node node) const { return static_cast<std::size_t>(node) < rows_; }
  void attach(Node child, Node parent);
  void detach(Node child);
  Node join_of(Node u, Node v) const;
  Leaving find_leaving(Node row, Node col, Node join) const;
  void push(Node row, Node col, Node join, Units flow);
  void turn_around(Node top, Node new_top, std::int32_t size);
  void shift_duals(Node top, Units rows_by);

  std::size_t rows_;
  Node root_;
  std::vector<Link> links_;
  std::vector<Branch> branches_;
  std::vector<Units> dual_;
  std::vector<Node> queue_;  ///< scratch
};

}  // namespace instar::math
