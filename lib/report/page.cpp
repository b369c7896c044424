#include "report/page.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/format.hpp"
#include "report/assets.hpp"
#include "report/markup.hpp"
#include "report/page_data.hpp"
#include "report/panels.hpp"
#include "report/sample.hpp"
#include "report/verdict.hpp"

namespace instar::report {
namespace {

/// The template with every {{name}} replaced; what is put in is not looked at again.
std::string filled(std::string_view text, const std::vector<std::pair<std::string, std::string>>& values) {
  std::string out;
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{")) {
    const std::size_t end = text.find("}}", at);
    const std::string_view name = text.substr(at + 2, end - at - 2);
    const auto value = std::find_if(values.begin(), values.end(), [&](const auto& v) { return v.first == name; });
    out += text.substr(0, at);
    if (value != values.end()) out += value->second;
    text.remove_prefix(end + 2);
  }
  return out += text;
}

std::string html_table(const Table& table, const std::string& caption) {
  std::string html = "<table><caption class=\"hidden\">" + escaped(caption) + "</caption><thead><tr>";
  for (const auto& name : table.columns) html += "<th scope=\"col\">" + escaped(name) + "</th>";
  html += "</tr></thead><tbody>";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (const auto& cell : row) html += "<td>" + escaped(cell) + "</td>";
    html += "</tr>";
  }
  return html + "</tbody></table>";
}

/// A panel as it stands in the page: drawn for two or three widths, of which the style sheet shows one, with its
/// numbers below. @param id unique in the page
std::string html_panel(const Panel& panel, const std::string& id) {
  std::string html = "<figure class=\"panel\" id=\"" + id + "\">\n<figcaption><h3>" + escaped(panel.title) +
                     "</h3><p>" + escaped(panel.caption) + "</p></figcaption>\n";
  if (panel.spreads)
    html += "<div class=\"full\">" + inline_svg(panel.draw(kFull), id + "-f", panel.title, panel.caption) + "</div>";
  html += "<div class=\"wide\">" + inline_svg(panel.draw(kWide), id + "-w", panel.title, panel.caption) + "</div>";
  html +=
      "<div class=\"narrow\">" + inline_svg(panel.draw(kNarrow), id + "-n", panel.title, panel.caption) + "</div>\n";
  if (!panel.table.rows.empty())
    html += "<details><summary>Numbers<span class=\"hidden\"> of " + escaped(panel.title) +
            "</span></summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Numbers of " +
            escaped(panel.title) + "\">" + html_table(panel.table, panel.title) + "</div></details>\n";
  return html + "</figure>\n";
}

std::string html_verdicts(const Scores& scores) {
  constexpr const char* kMarks[] = {"&#10003;", "&#9680;", "&#10007;", "?"};  // told apart by shape, not by colour
  constexpr const char* kNames[] = {"good", "mixed", "bad", "open"};
  std::string html = "<section class=\"verdicts\" aria-label=\"What the held-out times say\">\n";
  for (const Verdict& verdict : verdicts(scores)) {
    const auto level = static_cast<std::size_t>(verdict.level);
    html += "<div class=\"verdict " + std::string(kNames[level]) + "\"><h2>" + escaped(verdict.question) +
            "</h2><p class=\"answer\"><span class=\"mark\" aria-hidden=\"true\">" + kMarks[level] + "</span>" +
            escaped(verdict.answer) + "</p><p>" + escaped(verdict.evidence) + "</p></div>\n";
  }
  html += "</section>\n";
  if (!scores.caution.empty()) html += "<p class=\"note doubt\">" + escaped(scores.caution) + "</p>\n";
  return html +
         "<p class=\"meaning\">A time was held out: the fit had not seen its cells, predicted them, and "
         "was compared with those measured. W1, the Wasserstein distance, is how far a predicted cell has to be moved "
         "on average until both clouds are the same. Two samples of the same cells differ, too: what they differ by "
         "is the floor, and a prediction at the floor is called perfect here.</p>\n";
}

std::string metric_name(const std::string& metric) {
  if (metric == "w1" || metric == "w2") return "Wasserstein W" + metric.substr(1);
  return metric == "mmd" ? "squared MMD" : metric == "energy" ? "energy distance" : metric;
}

std::string html_scores(const Content& content) {
  if (!content.scores) return "";
  const auto panels = score_panels(*content.scores, content);
  if (panels.empty()) return "";
  std::string html =
      "<section class=\"card\" aria-labelledby=\"scores-head\"><div class=\"bar\"><h2 "
      "id=\"scores-head\">Held-out scores</h2>";
  if (panels.size() > 1) {
    html += "<label class=\"field\" for=\"metric\">Distance<select id=\"metric\">";
    for (std::size_t k = 0; k < panels.size(); ++k)
      html += "<option value=\"" + escaped("panel-" + panels[k].name) + "\">" +
              escaped(metric_name(content.scores->metrics[k])) + "</option>";
    html += "</select></label>";
  }
  html += "</div>\n";
  for (std::size_t k = 0; k < panels.size(); ++k)
    html += "<div class=\"metric\" data-panel=\"" + escaped("panel-" + panels[k].name) + "\"" +
            (k > 0 ? " hidden" : "") + ">" + html_panel(panels[k], "panel-scores-" + std::to_string(k)) + "</div>";
  return html + "</section>\n";
}

std::string html_charts(const Content& content) {
  std::string html;
  std::size_t number = 0;
  for (const auto& make : {growth_panels, label_panels, trend_panels, training_panels})
    for (const Panel& panel : make(content))
      html += "<section class=\"card\">" + html_panel(panel, "panel-" + std::to_string(number++)) + "</section>\n";
  return html.empty() ? "" : "<div class=\"charts\">\n" + html + "</div>\n";
}

std::string html_provenance(const Content& content) {
  std::string html;
  for (const Source& source : content.provenance) {
    html += "<details><summary>" + escaped(source.title) + "</summary><dl>";
    for (const auto& [name, value] : source.lines)
      html += "<dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd>";
    html += "</dl></details>\n";
  }
  if (html.empty()) return "";
  return "<section class=\"card\" aria-labelledby=\"made-head\"><h2 id=\"made-head\">How this was made</h2>\n" + html +
         "</section>\n";
}

/// What is in the page, in a sentence.
std::string summary_of(const Content& content) {
  const auto span = [](const std::vector<double>& times) {
    return std::to_string(times.size()) + (times.size() == 1 ? " time" : " times");
  };
  const auto size = [](const Cloud& cloud) { return std::max(cloud.total, cloud.rows()); };
  std::vector<std::string> parts;
  if (content.observed)
    parts.push_back(grouped(size(*content.observed)) + " cells measured at " + span(content.observed->snapshots.times));
  if (content.predicted) {
    const auto& groups = content.predicted->snapshots.cells;
    const bool followed = same_particles(*content.predicted);
    const Index cells = followed ? static_cast<Index>(groups.front().size()) : size(*content.predicted);
    parts.push_back(grouped(cells) + (followed ? " cells followed through " : " cells predicted at ") +
                    span(content.predicted->snapshots.times));
  }
  if (!content.fitted_times.empty())
    parts.push_back("a model fitted to " + span(content.fitted_times) +
                    (content.excluded.empty() ? "" : ", " + std::to_string(content.excluded.size()) + " held out"));
  if (content.scores) parts.push_back("an evaluation on held-out times");
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

std::vector<Panel> all_panels(const Content& content) {
  std::vector<Panel> all;
  if (content.scores) all = score_panels(*content.scores, content);
  for (const auto& make : {cell_panels, growth_panels, label_panels, trend_panels, training_panels})
    for (Panel& panel : make(content)) all.push_back(std::move(panel));
  return all;
}

}  // namespace

std::string page(const Content& content) {
  const bool cells = content.observed || content.predicted;
  const Content shown = cells ? sampled(content) : Content{};
  return filled(
      asset("page.html"),
      {{"title", escaped(content.title)},
       {"summary", escaped(summary_of(content))},
       {"style", std::string(asset("tokens.css")) + std::string(asset("chart.css")) + std::string(asset("page.css"))},
       {"verdicts", content.scores ? html_verdicts(*content.scores) : ""},
       {"cells", cells ? filled(asset("cells.html"), cell_fields(shown)) : ""},
       {"scores", html_scores(content)},
       {"charts", html_charts(content)},
       {"provenance", html_provenance(content)},
       {"data", cells ? cell_arrays(shown) : ""},
       {"script", "(()=>{\"use strict\";\n" + std::string(asset("data.js")) + std::string(asset("draw.js")) +
                      std::string(asset("page.js")) + "})();"}});
}

std::vector<std::string> figure_names(const Content& content) {
  std::vector<std::string> names;
  for (const Panel& panel : all_panels(content)) names.push_back(panel.name);
  return names;
}

std::string figure(const Content& content, const std::string& name) {
  std::string known;
  for (const Panel& panel : all_panels(content)) {
    if (panel.name == name || panel.alias == name) return standalone_svg(panel.draw(kWide), panel.title, panel.caption);
    known += (known.empty() ? "" : ", ") + panel.name;
  }
  throw UsageError("--figure: there is no panel '" + name + "' of what was given; there " +
                   (known.empty() ? "is none" : "are " + known));
}

}  // namespace instar::report
