#pragma once

#include <string>
#include <vector>

#include "am/scaling.hpp"
#include "core/record.hpp"
#include "nn/mlp.hpp"

namespace instar::am {

/// A fitted action s(t, x), with everything needed to use it on new cells.
///
/// The network works in *network units*: y = (scaled - network_center) / network_length in space and
/// tau = (t - times.front()) / time_unit in time, its time input being time_scale * tau / span. There velocity = grad_y
/// s and growth = lambda s with lambda = (network_length / growth_scale)^2. So a fit does not depend on the units of
/// its input.
struct Model {
  std::string method = "uam";  ///< am, eam, uam or ueam
  std::string path = "wfr";
  std::string basis;  ///< obsm key, or X
  std::string time_key;
  std::string time_unit_name;  ///< of text labels (`day`); empty where unknown

  std::vector<double> times;        ///< training times, ascending
  std::vector<double> masses;       ///< relative total mass at each, first = 1
  std::vector<std::int64_t> cells;  ///< cells at each
  std::string mass = "uniform";     ///< how masses were chosen: uniform, cells, uns:KEY, file:PATH
  std::vector<double> excluded;     ///< times that were held out

  Scaling scaling;
  double growth_scale = 0;        ///< delta, scaled units; infinity without growth
  double sigma = 0;               ///< of the noise, scaled units per root of the time column's unit; 0: none
  std::string growth_scale_rule;  ///< `given` or how `auto` chose it
  Vector network_center;          ///< [d], scaled units
  double network_length = 1;      ///< scaled units
  Matrix snapshot_means;          ///< [times, d] mean of the training cells at each time, network units; empty: unknown
  double time_unit = 1;           ///< units of the time column in one network unit of time
  double time_scale = 1;          ///< S: the network's time input covers [0, S]

  nn::MlpShape shape;
  Index ensemble = 1;             ///< networks
  std::vector<float> parameters;  ///< averaged (EMA), one network after the other
  core::Facts facts;              ///< fit report and provenance, kept as given

  Index dims() const { return shape.dims; }
  bool has_growth() const { return method == "uam" || method == "ueam"; }
  double lambda() const;         ///< 1 / delta^2 in network units; 0 without growth
  double network_sigma() const;  ///< sigma in network units
  /// Network units from file units, and back.
  Matrix to_network(const MatrixView& x) const;
  Matrix from_network(const MatrixView& y) const;
};

/// Plain facts and arrays, for io to write. The same model gives the same record.
core::Record to_record(const Model& model);
/// @throws DataError where something is missing or contradicts itself (names it)
Model from_record(const core::Record& record);

/// What the model says of some cells at one time, in units of the file.
struct FieldValues {
  Vector potential;  ///< [n] s, scaled units squared per unit of time
  Vector growth;     ///< [n] d log w / dt
  Matrix velocity;   ///< [n, d] dx/dt (without the noise)
  // Of an ensemble the values above are its mean; empty where there is one network only:
  Vector growth_spread;    ///< [n] standard deviation among the networks
  Vector velocity_spread;  ///< [n] root of the summed variances of the velocity's components
};

/// Evaluates the model at time t for cells x [n, d] (file units); parallel, same bytes for any number of threads.
FieldValues evaluate(const Model& model, double t, const MatrixView& x);

}  // namespace instar::am
