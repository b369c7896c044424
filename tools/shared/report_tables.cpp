#include "shared/report_tables.hpp"

#include <algorithm>
#include <cmath>

#include "cli/verbs.hpp"
#include "core/error.hpp"
#include "core/format.hpp"
#include "io/json_reader.hpp"
#include "shared/holdout_table.hpp"

namespace instar::tools {
namespace {

std::optional<double> number_in(const core::Facts& facts, const std::string& name) {
  const auto found = facts.find(name);
  if (found == facts.end()) return std::nullopt;
  if (const auto* real = std::get_if<double>(&found->second)) return *real;
  if (const auto* whole = std::get_if<std::int64_t>(&found->second)) return static_cast<double>(*whole);
  return std::nullopt;
}

std::string text_of(const core::Value& value) {
  const auto listed = [](const auto& values, auto as_text) {
    std::string text;
    for (const auto& v : values) text += (text.empty() ? "" : ", ") + as_text(v);
    return text;
  };
  return std::visit(
      [&](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool>) return v ? "yes" : "no";
        if constexpr (std::is_same_v<T, std::int64_t>) return std::to_string(v);
        if constexpr (std::is_same_v<T, double>) return core::format_number(v);
        if constexpr (std::is_same_v<T, std::string>) return v;
        if constexpr (std::is_same_v<T, std::vector<double>>) return listed(v, core::format_number);
        if constexpr (std::is_same_v<T, std::vector<std::string>>)
          return listed(v, [](const std::string& s) { return s; });
      },
      value);
}

}  // namespace

report::Scores read_scores(const std::string& path) {
  const HoldoutTable table = read_holdout_table(path);
  const auto column = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(table.columns.begin(), table.columns.end(), name) -
                                    table.columns.begin());
  };
  report::Scores scores{{"w1", "w2", "mmd", "energy"}, {}};
  for (const auto& cells : table.rows) {
    report::ScoreRow row;
    row.time = number_of(cells[column("time")]);
    row.from = cells[column("from")];
    row.method = cells[column("method")];
    row.baseline = is_baseline(row.method);
    row.seed = cells[column("seed")];
    if (column("tuned") < cells.size() && cells[column("tuned")] != "NA") row.tuned = cells[column("tuned")];
    for (const auto& metric : scores.metrics) {
      row.value.push_back(number_of(cells[column(metric)]));
      if (std::max(column(metric + "_low"), column(metric + "_high")) >= cells.size()) continue;
      row.low.push_back(number_of(cells[column(metric + "_low")]));
      row.high.push_back(number_of(cells[column(metric + "_high")]));
    }
    scores.rows.push_back(std::move(row));
  }
  if (scores.rows.empty()) throw DataError({path}, "the table has no rows");
  return scores;
}

report::Source source_of(const report::Scores& scores, const std::string& path) {
  const auto distinct = [&](auto&& what) {
    std::vector<std::string> list;
    for (const auto& row : scores.rows)
      if (std::string text = what(row); !text.empty() && std::find(list.begin(), list.end(), text) == list.end())
        list.push_back(std::move(text));
    return list.empty() ? "none" : text_of(list);
  };
  using Row = report::ScoreRow;
  const auto fit = [](const Row& row) { return row.baseline ? "" : row.method + " from " + row.from; };
  const auto baseline = [](const Row& row) {
    return row.baseline && !row.method.starts_with("floor") ? row.method : "";
  };
  const auto tuned = [&](const Row& row) {
    return row.tuned.empty() ? "" : row.tuned + " (time " + core::format_number(row.time) + ", " + fit(row) + ")";
  };
  report::Source source{path + ": instar-holdout",
                        {{"record", "none: a table does not hold how it was made; this is what its rows say"},
                         {"held-out times", distinct([](const Row& row) { return core::format_number(row.time); })},
                         {"methods", distinct(fit)},
                         {"seeds", distinct([](const Row& row) { return row.baseline ? "" : row.seed; })},
                         {"baselines", distinct(baseline)}}};
  if (const std::string settings = distinct(tuned); settings != "none") source.lines.emplace_back("tuned", settings);
  return source;
}

report::Training read_training(const std::string& path) {
  report::Training training;
  for (const auto& line : io::read_json_lines(path)) {
    const auto step = number_in(line, "step"), loss = number_in(line, "loss");
    if (!step || !loss) continue;
    training.step.push_back(*step);
    training.loss.push_back(*loss);
    training.validation.push_back(number_in(line, "validation_loss").value_or(std::nan("")));
    training.member.push_back(number_in(line, "member").value_or(0));
  }
  if (training.step.empty())
    throw DataError({path}, "expected lines of JSON with step and loss, found none",
                    "it should be the --log of instar-fit");
  return training;
}

report::Source source_of(const std::string& title, const core::Facts& facts) {
  report::Source source{title, {}};
  for (const auto& [name, value] : facts) source.lines.emplace_back(name, text_of(value));
  return source;
}

std::vector<report::Source> sources_in(const io::H5adFile& file) {
  std::vector<report::Source> sources;
  for (const auto& verb : cli::verbs()) {
    const std::string tool = "instar-" + verb.name;
    const auto text = file.uns_text("instar/provenance/" + tool);
    if (!text) continue;
    try {
      sources.push_back(source_of(file.path() + ": " + tool, io::parse_json_object(*text)));
    } catch (const UsageError&) {
      sources.push_back({file.path() + ": " + tool, {{"text", *text}}});
    }
  }
  return sources;
}

report::Source source_of(const am::Model& model, const std::string& path) {
  report::Source source = source_of(path + ": instar-fit", model.facts);
  std::vector<std::pair<std::string, std::string>> lines = {
      {"method", model.method + ", path " + model.path},
      {"basis", model.basis + ", " + std::to_string(model.dims()) + " dimensions"},
      {"times", text_of(model.times)},
      {"held out", model.excluded.empty() ? "none" : text_of(model.excluded)},
      {"growth scale", core::format_short(model.growth_scale) + " (" + model.growth_scale_rule + ")"}};
  source.lines.insert(source.lines.begin(), lines.begin(), lines.end());
  return source;
}

}  // namespace instar::tools
