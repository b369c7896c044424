#include "shared/prediction_file.hpp"

#include <algorithm>
#include <numeric>

#include "cli/ending.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"
#include "io/output.hpp"
#include "math/decode.hpp"

namespace instar::tools {
namespace {

template <typename T>
std::vector<double> in_order(const T& values, const std::vector<Index>& order) {
  std::vector<double> result;
  result.reserve(order.size());
  for (Index row : order) result.push_back(static_cast<double>(values[static_cast<std::size_t>(row)]));
  return result;
}

std::vector<double> in_order(const Vector& values, const std::vector<Index>& order) {
  std::vector<double> result;
  result.reserve(order.size());
  for (Index row : order) result.push_back(values(row));
  return result;
}

/// Whether a table is meant. An ending that means neither is refused: a table called .loom would surprise its reader.
bool is_table(const std::string& path, const std::string& format) {
  if (format != "auto") return format == "tsv";
  const std::string ending = cli::promised_ending(path);
  if (ending == ".h5ad") return false;
  if (path == "-" || ending == ".tsv" || path.starts_with("/dev/")) return true;
  throw UsageError("--output " + path + ": expected a name that ends in .h5ad or .tsv; else say which with --format");
}

/// Numbers as an ordered category, whose labels are the numbers.
io::Column category_of(const std::vector<double>& values) {
  std::vector<double> levels = values;
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  std::vector<std::int32_t> codes;
  for (const double value : values)
    codes.push_back(static_cast<std::int32_t>(std::lower_bound(levels.begin(), levels.end(), value) - levels.begin()));
  std::vector<std::string> labels;
  for (const double level : levels) labels.push_back(core::format_number(level));
  io::Column column = io::Column::of_categories(std::move(codes), std::move(labels));
  column.category_numbers = std::move(levels);
  column.ordered = true;
  return column;
}

std::vector<std::string> particle_names(const am::Prediction& prediction, const std::vector<Index>& order,
                                        const std::vector<std::string>& cells) {
  std::vector<std::string> names;
  names.reserve(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto row = static_cast<std::size_t>(order[i]);
    names.push_back(cells[static_cast<std::size_t>(prediction.origin[row])] + "@" +
                    core::format_number(prediction.time[row]) + "-" + std::to_string(i));
  }
  return names;
}

}  // namespace

PredictionFile::PredictionFile(std::string path, const std::string& format, const FittedModel& fitted,
                               const Embedding& embedding)
    : path_(std::move(path)),
      table_(is_table(path_, format)),
      fitted_(fitted),
      model_(fitted.model),
      embedding_(embedding) {
  io::check_writable(path_);  // before the work, not after it
}

void PredictionFile::decode_genes() {
  if (table_) throw UsageError("--genes writes expression, which a table does not hold; write OUT.h5ad");
  const Decoder all = decoder_of(fitted_, embedding_.file);
  const std::vector<Index> used = genes_with_loadings(all);
  decoder_ = Decoder{all.loadings(used, Eigen::all), all.mean(used)};
  const std::vector<std::string> names = embedding_.file.var_names();
  for (const Index gene : used) genes_.push_back(names[static_cast<std::size_t>(gene)]);
}

void PredictionFile::use_categories() {
  if (table_) throw UsageError("--time-as category: a table has numbers only; write OUT.h5ad");
  categories_ = true;
}

void PredictionFile::write(const am::Prediction& prediction, bool by_cell) {
  std::vector<Index> order(static_cast<std::size_t>(prediction.rows()));
  std::iota(order.begin(), order.end(), Index{0});
  if (by_cell) {  // row r of every target is the same particle
    const auto targets = static_cast<Index>(prediction.totals.size());
    const Index particles = prediction.rows() / std::max<Index>(1, targets);
    for (Index i = 0; i < prediction.rows(); ++i)
      order[static_cast<std::size_t>(i)] = i % targets * particles + i / targets;
  }
  table_ ? write_table(prediction, order) : write_h5ad(prediction, order);
}

void PredictionFile::write_table(const am::Prediction& prediction, const std::vector<Index>& order) {
  io::AtomicOutput output(path_);
  std::string text = "cell\ttime\tweight";
  for (Index j = 0; j < prediction.coordinates.cols(); ++j) text += "\tx" + std::to_string(j + 1);
  text += '\n';
  const auto names = embedding_.file.obs_names();
  for (Index row : order) {
    const auto i = static_cast<std::size_t>(row);
    text += names[static_cast<std::size_t>(prediction.origin[i])] + '\t' + core::format_number(prediction.time[i]) +
            '\t' + core::format_number(prediction.weight(row));
    for (Index j = 0; j < prediction.coordinates.cols(); ++j)
      text += '\t' + core::format_number(prediction.coordinates(row, j));
    text += '\n';
    if (text.size() > (1U << 20)) {
      output.write(text);
      text.clear();
    }
  }
  output.write(text);
  output.commit();
}

void PredictionFile::write_h5ad(const am::Prediction& prediction, const std::vector<Index>& order) {
  const bool is_x = model_.basis == "X";
  auto genes = is_x ? embedding_.file.var_names() : genes_;
  if (is_x) genes.resize(static_cast<std::size_t>(model_.dims()));  // the leading columns of X, which the model knows
  io::H5adWriter writer(path_, particle_names(prediction, order, embedding_.file.obs_names()), genes);
  const std::vector<double> row_times = in_order(prediction.time, order);
  writer.set_obs("time", categories_ ? category_of(row_times) : io::Column::of_numbers(row_times));
  writer.set_obs("origin", io::Column::of_numbers(in_order(prediction.origin, order), "int64"));
  writer.set_obs("origin_time", io::Column::of_numbers(in_order(prediction.origin_time, order)));
  writer.set_obs("weight", io::Column::of_numbers(in_order(prediction.weight, order)));
  writer.set_obs("growth", io::Column::of_numbers(in_order(prediction.growth, order)));
  writer.set_obs("potential", io::Column::of_numbers(in_order(prediction.potential, order)));
  if (prediction.growth_spread.size() > 0) {
    writer.set_obs("growth_sd", io::Column::of_numbers(in_order(prediction.growth_spread, order)));
    writer.set_obs("velocity_sd", io::Column::of_numbers(in_order(prediction.velocity_spread, order)));
  }
  const Matrix coordinates = core::take_rows(prediction.coordinates, order);
  writer.set_obsm(is_x ? "X_X" : model_.basis, coordinates);
  writer.set_obsm(velocity_key(model_.basis), core::take_rows(prediction.velocity, order));
  if (is_x) writer.set_matrix({}, coordinates.cast<float>());
  if (!is_x && decoder_) writer.set_matrix({}, math::decode(coordinates, decoder_->loadings, decoder_->mean));
  std::vector<double> times;
  std::vector<double> masses;
  for (const auto& total : prediction.totals) {
    times.push_back(total.time);
    masses.push_back(total.mass);
  }
  writer.set_uns("instar.time_key", std::string("time"));
  writer.set_uns("instar.basis", model_.basis);
  if (!model_.time_unit_name.empty()) {
    writer.set_uns("instar.time_unit", model_.time_unit_name);
    std::vector<double> values;
    std::vector<std::string> labels;
    for (const auto& entry : embedding_.times.table) {
      values.push_back(entry.time);
      labels.push_back(entry.label);
    }
    writer.set_uns("instar.time_labels", labels);  // the text that INPUT has for each of time_values
    writer.set_uns("instar.time_values", values);
  }
  writer.set_uns("instar.mass",
                 model_.mass);  // with these instar-score knows what mass was predicted, and relative to what
  writer.set_uns("instar.mass_times", times);
  writer.set_uns("instar.mass_predicted", masses);
  writer.set_uns("instar.cells_first", static_cast<std::int64_t>(model_.cells.front()));
  if (!provenance_.empty()) writer.add_provenance("instar-predict", provenance_);
  writer.commit();
}

}  // namespace instar::tools
