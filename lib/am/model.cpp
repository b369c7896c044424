#include "am/model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "am/field.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/record_reader.hpp"

namespace instar::am {
namespace {

/// 2 has ensembles and noise. A model that has neither is written as version 1, which older programs read.
constexpr std::int64_t kRecordVersion = 2;
constexpr Index kRowsPerTask = 512;

core::Tensor tensor_of(const Vector& values) {
  return core::tensor_of(std::vector<double>(values.data(), values.data() + values.size()));
}

Vector vector_of(const std::vector<double>& values) {
  return Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size()));
}

void check(const Model& model) {
  const std::size_t k = model.times.size();
  if (k < 2 || model.masses.size() != k || model.cells.size() != k)
    throw DataError({"", "times"}, "expected one mass and one count for each of at least two times");
  const auto positive = [](double value) { return value > 0 && std::isfinite(value); };
  for (std::size_t i = 0; i < k; ++i)
    if (!std::isfinite(model.times[i]) || (i > 0 && !(model.times[i] > model.times[i - 1])))
      throw DataError({"", "times"}, "expected ascending times");
  if (!std::all_of(model.masses.begin(), model.masses.end(), positive))
    throw DataError({"", "masses"}, "expected positive masses");
  const Index expected = model.ensemble * model.shape.parameters();
  if (static_cast<Index>(model.parameters.size()) != expected)
    throw DataError({"", "parameters"}, "expected " + std::to_string(expected) +
                                            " numbers for the network's shape, found " +
                                            std::to_string(model.parameters.size()));
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::all_of(model.parameters.begin(), model.parameters.end(), finite))
    throw DataError({"", "parameters"}, "expected finite numbers, found NaN or Inf");
  if (!positive(model.network_length) || !positive(model.time_unit) || !positive(model.time_scale) ||
      !(model.scaling.scale.minCoeff() > 0) || !model.scaling.scale.allFinite() || !model.scaling.center.allFinite() ||
      !model.network_center.allFinite())
    throw DataError({"", "scaling"}, "expected positive scales");
}

}  // namespace

double Model::lambda() const {
  if (!has_growth()) return 0;
  const double delta = growth_scale / network_length;
  return 1 / (delta * delta);
}

double Model::network_sigma() const { return sigma * std::sqrt(time_unit) / network_length; }

Matrix Model::to_network(const MatrixView& x) const {
  return (scaling.apply(x).rowwise() - network_center.transpose()) / network_length;
}

Matrix Model::from_network(const MatrixView& y) const {
  return scaling.undo((y * network_length).rowwise() + network_center.transpose());
}

core::Record to_record(const Model& model) {
  core::Record record;
  record.facts = model.facts;
  auto& facts = record.facts;
  const bool newer = model.ensemble > 1 || model.sigma > 0;
  facts["model.version"] = newer ? kRecordVersion : std::int64_t{1};
  if (newer) {
    facts["model.ensemble"] = static_cast<std::int64_t>(model.ensemble);
    facts["model.sigma"] = model.sigma;
  }
  facts["model.method"] = model.method;
  facts["model.path"] = model.path;
  facts["model.basis"] = model.basis;
  facts["model.time_key"] = model.time_key;
  facts["model.time_unit_name"] = model.time_unit_name;
  facts["model.times"] = model.times;
  facts["model.masses"] = model.masses;
  facts["model.cells"] = std::vector<double>(model.cells.begin(), model.cells.end());
  facts["model.mass"] = model.mass;
  facts["model.excluded"] = model.excluded;
  facts["model.scale"] = to_string(model.scaling.kind);
  // JSON has no infinity; zero is no growth scale, so it stands for none.
  facts["model.growth_scale"] = std::isfinite(model.growth_scale) ? model.growth_scale : 0.0;
  facts["model.growth_scale_rule"] = model.growth_scale_rule;
  facts["model.network_length"] = model.network_length;
  facts["model.time_unit"] = model.time_unit;
  facts["model.time_scale"] = model.time_scale;
  facts["model.dims"] = static_cast<std::int64_t>(model.shape.dims);
  facts["model.width"] = static_cast<std::int64_t>(model.shape.width);
  facts["model.depth"] = static_cast<std::int64_t>(model.shape.depth);
  record.tensors["scaling.center"] = tensor_of(model.scaling.center);
  record.tensors["scaling.scale"] = tensor_of(model.scaling.scale);
  record.tensors["network.center"] = tensor_of(model.network_center);
  if (model.snapshot_means.size() > 0)
    record.tensors["snapshots.mean"] = {
        {model.snapshot_means.rows(), model.snapshot_means.cols()},
        std::vector<double>(model.snapshot_means.data(), model.snapshot_means.data() + model.snapshot_means.size())};
  record.tensors["network.parameters"] = core::tensor_of(model.parameters);
  return record;
}

Model from_record(const core::Record& record) {
  const core::RecordReader from(record, "the model", "instar-fit");
  const auto version = from.fact<std::int64_t>("model.version");
  if (version > kRecordVersion)
    throw DataError({"", "model.version"},
                    "expected a model of version " + std::to_string(kRecordVersion) + " or older, found a newer one",
                    "use a newer instar");
  Model model;
  if (version > 1) {
    model.ensemble = from.fact<std::int64_t>("model.ensemble");
    model.sigma = from.fact<double>("model.sigma");
    if (model.ensemble < 1 || model.ensemble > 1000 || !(model.sigma >= 0) || !std::isfinite(model.sigma))
      throw DataError({"", "model.ensemble"}, "expected at least one network and noise of a sensible size");
  }
  model.facts = record.facts;
  model.method = from.fact<std::string>("model.method");
  model.path = from.fact<std::string>("model.path");
  model.basis = from.fact<std::string>("model.basis");
  model.time_key = from.fact<std::string>("model.time_key");
  model.time_unit_name = from.fact<std::string>("model.time_unit_name");
  model.times = from.fact<std::vector<double>>("model.times");
  model.masses = from.fact<std::vector<double>>("model.masses");
  for (double count : from.fact<std::vector<double>>("model.cells"))
    model.cells.push_back(static_cast<std::int64_t>(count));
  model.mass = from.fact<std::string>("model.mass");
  model.excluded = from.fact<std::vector<double>>("model.excluded");
  const auto scale = from.fact<std::string>("model.scale");
  if (scale != "whiten" && scale != "global" && scale != "none")
    throw DataError({"", "model.scale"}, "expected whiten, global or none, found '" + scale + "'");
  model.scaling.kind = parse_scale_kind(scale);
  const double delta = from.fact<double>("model.growth_scale");
  model.growth_scale = delta > 0 ? delta : std::numeric_limits<double>::infinity();
  model.growth_scale_rule = from.fact<std::string>("model.growth_scale_rule");
  model.network_length = from.fact<double>("model.network_length");
  model.time_unit = from.fact<double>("model.time_unit");
  model.time_scale = from.fact<double>("model.time_scale");
  model.shape = {from.fact<std::int64_t>("model.dims"), from.fact<std::int64_t>("model.width"),
                 from.fact<std::int64_t>("model.depth")};
  constexpr Index kLargest = 1 << 20;
  if (model.shape.dims < 1 || model.shape.dims > kLargest || model.shape.width < 1 || model.shape.width > kLargest ||
      model.shape.depth < 1 || model.shape.depth > 1000)
    throw DataError({"", "model.width"}, "expected a network of sensible size");
  model.scaling.center = vector_of(from.numbers<double>("scaling.center", model.shape.dims));
  model.scaling.scale = vector_of(from.numbers<double>("scaling.scale", model.shape.dims));
  model.network_center = vector_of(from.numbers<double>("network.center", model.shape.dims));
  if (from.has_tensor("snapshots.mean")) {
    const auto count = static_cast<Index>(model.times.size());
    const auto& means = from.numbers<double>("snapshots.mean", count * model.shape.dims);
    model.snapshot_means = Eigen::Map<const Matrix>(means.data(), count, model.shape.dims);
  }
  model.parameters = from.numbers<float>("network.parameters");
  check(model);
  return model;
}

FieldValues evaluate(const Model& model, double t, const MatrixView& x) {
  const Index n = x.rows();
  FieldValues values{Vector(n), Vector(n), Matrix(n, x.cols()), {}, {}};
  if (model.ensemble > 1) values.growth_spread = values.velocity_spread = Vector::Zero(n);
  const Matrix y = model.to_network(x);
  const double tau = (t - model.times.front()) / model.time_unit;
  const double length = model.network_length;
  const double rate = model.lambda() / model.time_unit;
  const auto in_file_units = [&](const Matrix& velocity) {
    return ((velocity.array().rowwise() * model.scaling.scale.transpose().array()) * (length / model.time_unit)).eval();
  };
  const auto weights = network_weights(model);
  core::parallel_chunks(n, kRowsPerTask, [&](Index begin, Index end) {
    Field field(model, weights, end - begin);
    const auto rows = end - begin;
    field.at(tau, y.middleRows(begin, rows));
    values.potential.segment(begin, rows) = field.potential() * (length * length / model.time_unit);
    values.growth.segment(begin, rows) = field.potential() * rate;
    values.velocity.middleRows(begin, rows) = in_file_units(field.velocity());
    if (model.ensemble == 1) return;
    const double share = 1 / static_cast<double>(model.ensemble - 1);
    for (Index member = 0; member < model.ensemble; ++member) {
      field.member_at(member, tau, y.middleRows(begin, rows));
      values.growth_spread.segment(begin, rows).array() +=
          share * (field.potential() * rate - values.growth.segment(begin, rows)).array().square();
      values.velocity_spread.segment(begin, rows) +=
          share *
          (in_file_units(field.velocity()).matrix() - values.velocity.middleRows(begin, rows)).rowwise().squaredNorm();
    }
    values.growth_spread.segment(begin, rows).array() = values.growth_spread.segment(begin, rows).array().sqrt();
    values.velocity_spread.segment(begin, rows).array() = values.velocity_spread.segment(begin, rows).array().sqrt();
  });
  return values;
}

}  // namespace instar::am
