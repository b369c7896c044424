#include "shared/driver_input.hpp"

#include "core/error.hpp"
#include "core/format.hpp"
#include "core/time_label.hpp"

namespace instar::tools {
namespace {

double time_of(const std::string& flag, const std::optional<std::string>& text, double otherwise,
               const std::string& unit, const std::string& place) {
  if (!text) return otherwise;
  const auto times = core::times_in_unit(flag, core::parse_time_list(*text), unit, place);
  if (times.size() != 1) throw UsageError(flag + ": expected one time, found '" + *text + "'");
  return times.front();
}

}  // namespace

std::pair<double, double> interval_of(const std::optional<std::string>& from, const std::optional<std::string>& to,
                                      const std::vector<double>& fitted, const std::string& unit,
                                      const std::string& place) {
  const std::pair<double, double> interval{time_of("--from", from, fitted.front(), unit, place),
                                           time_of("--to", to, fitted.back(), unit, place)};
  if (interval.first < interval.second) return interval;
  std::string list;
  for (const double time : fitted) list += (list.empty() ? "" : ", ") + core::format_number(time);
  throw UsageError("there is nothing from " + core::format_number(interval.first) + " to " +
                   core::format_number(interval.second) + "; the model was fitted to the times " + list +
                   ": let --from be before --to");
}

std::unique_ptr<core::RowBlocks> expression_of(const io::H5adFile& file, const std::string& layer) {
  if (layer.empty() && !file.matrix_info({}))
    throw DataError({file.path(), "X"}, "expected the expression of genes, found none",
                    "let instar pca keep it (--keep-x), name a layer with --layer, or rank what the components hold: "
                    "instar annotate --genes, then --layer Ms on its output");
  return file.matrix(layer.empty() ? io::MatrixName{} : io::MatrixName{io::MatrixName::Slot::layer, layer});
}

}  // namespace instar::tools
