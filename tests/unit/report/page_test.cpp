#include "report/page.hpp"

#include <algorithm>
#include <doctest/doctest.h>

#include "core/error.hpp"
#include "report/verdict.hpp"
#include "report_content.hpp"

using namespace instar;
using namespace instar::report;
using namespace instar::testing;

namespace {

Scores three_times(double model) {
  Scores scores{{"w1"}, {}};
  for (const double time : {1.0, 2.0, 3.0}) {
    scores.rows.push_back(score(time, "uam", "previous", model, false));
    scores.rows.push_back(score(time, "uam", "between", model - .1, false));
    scores.rows.push_back(score(time, "previous", "previous", 1.0, true));
    scores.rows.push_back(score(time, "linear", "linear", .9, true));
    scores.rows.push_back(score(time, "ot-midpoint", "ot-midpoint", time == 3 ? .5 : .8, true));
    scores.rows.push_back(score(time, "floor", "floor", .4, true));
    scores.rows.push_back(score(time, "floor-sd", "floor-sd", .01, true));
  }
  return scores;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("the three questions are answered in words") {
  const auto answers = verdicts(three_times(.7));
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].answer == "Yes, at every held-out time");
  CHECK(answers[0].evidence.find("0.7 (uam from previous, one seed only) against 1") != std::string::npos);
  CHECK(answers[0].evidence.find("30\u00a0% closer") != std::string::npos);
  CHECK(answers[1].answer == "In part: at 2 of 3 times");  // .6 against .8, .8, .5
  CHECK(answers[1].level == Verdict::Level::mixed);
  CHECK(answers[1].evidence ==
        "Mean W1 0.6 (uam from between, one seed only) against 0.7 (ot-midpoint, of the interpolations the best on the "
        "mean): 14\u00a0% closer to the cells measured; closer at times 1 and 2.");
  CHECK(answers[2].answer == "1.5 times the floor");  // .6 over .4
  CHECK(answers[2].evidence.find("67\u00a0% of the way from doing nothing to perfect") != std::string::npos);
}

TEST_CASE("times are won against the interpolation that the mean is held against, and no other") {
  Scores scores = three_times(.7);
  for (ScoreRow& row : scores.rows)
    if (row.method == "linear" && row.time == 1) row.value = {.55};  // ot-midpoint stays the best on the mean
  const Verdict answer = verdicts(scores)[1];
  CHECK(answer.answer == "In part: at 2 of 3 times");  // .6 against .8, .8, .5
  CHECK(answer.evidence.find("(ot-midpoint, of the interpolations the best on the mean)") != std::string::npos);
}

TEST_CASE("an answer says how many seeds it rests on") {
  Scores scores = three_times(.7);
  for (const double time : {1.0, 2.0, 3.0}) scores.rows.push_back(score(time, "uam", "previous", .7, false));
  CHECK(verdicts(scores)[0].evidence.find("(uam from previous, 2 seeds)") != std::string::npos);
  scores.rows.push_back(score(3, "uam", "previous", .7, false));
  CHECK(verdicts(scores)[0].evidence.find("(uam from previous, 2 to 3 seeds)") != std::string::npos);
}

TEST_CASE("a prediction below the floor is not more than perfect, and perfect has one meaning") {
  const Verdict answer = verdicts(three_times(.45))[2];  // .35 from between, the floor .4
  CHECK(answer.level == Verdict::Level::good);
  CHECK(answer.evidence.ends_with(" That is as close as two samples of the same cells are to each other."));
  Content content;
  content.scores = three_times(.45);
  CHECK(page(content).find("0 would be perfect") == std::string::npos);
}

TEST_CASE("a model that is worse is said to be") {
  const auto answers = verdicts(three_times(1.2));
  CHECK(answers[0].answer == "No, at none of 3 times");
  CHECK(answers[0].level == Verdict::Level::bad);
  CHECK(answers[0].evidence.find("20\u00a0% farther") != std::string::npos);
  CHECK(answers[2].evidence.find("farther than doing nothing") != std::string::npos);
}

TEST_CASE("a table without baselines answers nothing, and says what to run") {
  Scores scores{{"w1"}, {score(1, "uam", "previous", .5, false)}};
  for (const auto& verdict : verdicts(scores)) {
    CHECK(verdict.level == Verdict::Level::open);
    CHECK(verdict.evidence.find("--baselines") != std::string::npos);
  }
}

TEST_CASE("what rounds to no difference is not said to be none") {
  CHECK(verdicts(three_times(.999))[0].evidence.find(": less than 1\u00a0% closer") != std::string::npos);
}

TEST_CASE("seeds are averaged") {
  Scores scores{{"w1"}, {score(1, "uam", "first", .5, false), score(1, "uam", "first", .7, false)}};
  CHECK(mean_w1(scores, 1, "uam", "first") == doctest::Approx(.6));
}

TEST_CASE("whatever is given is shown, and nothing else") {
  Content content = small_content(20, 10, {0, 1});
  std::string html = page(content);
  CHECK(html.find("id=\"cells\"") != std::string::npos);
  CHECK(html.find("Growth over time") != std::string::npos);
  CHECK(html.find("Growth by kind") != std::string::npos);
  CHECK(html.find("Held-out scores") == std::string::npos);
  CHECK(html.find("data-name=\"predicted.x\"") != std::string::npos);
  CHECK(html.find("{{") == std::string::npos);

  Content scores;
  scores.title = "<b>";
  scores.scores = three_times(.7);
  html = page(scores);
  CHECK(html.find("<title>&lt;b&gt; - instar report</title>") != std::string::npos);
  CHECK(html.find("id=\"cells\"") == std::string::npos);
  CHECK(html.find("Is the model better than doing nothing?") != std::string::npos);
  CHECK(count(html, "class=\"chart\"") == 3);  // once for each width

  Content log;
  log.training = Training{{1, 2, 3}, {3, 2, 1}, {NAN, NAN, 1.5}, {0, 0, 0}};
  html = page(log);
  CHECK(html.find("Training") != std::string::npos);
  CHECK(html.find("cells kept back") != std::string::npos);
}

TEST_CASE("predictions say what their model has seen") {
  Content content = small_content(20, 10, {0, 1, 2});
  CHECK(page(content).find("Which times the model behind the predictions has seen is not known without --model.") !=
        std::string::npos);
  content.fitted_times = {0, 1, 2};
  CHECK(page(content).find("The predictions come from a model fitted to times 0, 1 and 2: it has seen the cells of "
                           "these times, so these are not the held-out predictions.") != std::string::npos);
  content.fitted_times = {0, 2};
  content.excluded = {1};
  CHECK(page(content).find("The predictions come from a model fitted to times 0 and 2; it has not seen time 1.") !=
        std::string::npos);
  content.predicted.reset();
  content.colours.clear();
  CHECK(page(content).find(" The model has not seen time 1.") != std::string::npos);
}

TEST_CASE("stragglers are counted by kind, and out of how many") {
  Content content = small_content(1000, 1000, {0, 1});
  content.predicted->snapshots.coordinates.row(7).setConstant(1e3);
  CHECK(page(content).find("Outside the frame: 1 of 2,000 predicted cells shown.") != std::string::npos);
  content.observed->snapshots.coordinates.row(3).setConstant(-1e3);
  CHECK(page(content).find("Outside the frame: 1 of 2,000 observed and 1 of 2,000 predicted cells shown.") !=
        std::string::npos);
}

TEST_CASE("the page asks for nothing from outside") {
  Content content = small_content(20, 10, {0, 1});
  content.scores = three_times(.7);
  const std::string html = page(content);
  CHECK(html.find("src=") == std::string::npos);
  CHECK(html.find("@import") == std::string::npos);
  CHECK(html.find("url(") == std::string::npos);
  CHECK(count(html, "http") == count(html, "http://www.w3.org/2000/svg"));
}

TEST_CASE("the same content gives the same bytes") {
  CHECK(page(small_content(50, 20, {0, 1, 2})) == page(small_content(50, 20, {0, 1, 2})));
}

TEST_CASE("figures by name, and a name that is none lists them") {
  Content content = small_content(20, 10, {0, 1});
  content.scores = three_times(.7);
  CHECK(figure_names(content) ==
        std::vector<std::string>{"scores", "cells", "cells-growth", "cells-kind", "growth-time", "growth-label"});
  for (const auto& name : figure_names(content)) {
    const std::string svg = figure(content, name);
    CHECK(svg.find("</svg>") != std::string::npos);
    CHECK(svg.find("nan") == std::string::npos);
  }
  CHECK_THROWS_WITH_AS(figure(content, "nosuch"), doctest::Contains("there are scores, cells, cells-growth"),
                       UsageError);
}

TEST_CASE("every colour and the first metric go by their own names, too") {
  Content content = small_content(20, 10, {0, 1});
  content.scores = three_times(.7);
  CHECK(figure(content, "cells-time") == figure(content, "cells"));
  CHECK(figure(content, "cells-kind") != figure(content, "cells"));
  CHECK(figure(content, "scores-w1") == figure(content, "scores"));
}

TEST_CASE("a figure of cells says where a colour's values come from") {
  Content content = small_content(20, 10, {0, 1});
  content.colours.back().note = "Predicted cells have the kind of the cell they started from.";
  CHECK(figure(content, "cells-kind").find(">Predicted cells have the kind of the cell they started from.</text>") !=
        std::string::npos);
  CHECK(figure(content, "cells").find("they started from") == std::string::npos);
}

TEST_CASE("a doubt about the scores stands beside the answers") {
  Content content;
  content.scores = three_times(.7);
  CHECK(page(content).find("note doubt") == std::string::npos);
  content.scores->caution = "Components saw <them>.";
  CHECK(page(content).find("</section>\n<p class=\"note doubt\">Components saw &lt;them&gt;.</p>") !=
        std::string::npos);
}

TEST_CASE("bars say what they are, seeds as dots, the floor as a line") {
  Content content;
  content.scores = three_times(.7);
  content.scores->rows.push_back(score(1, "uam", "previous", .8, false));
  const std::string svg = figure(content, "scores");
  CHECK(count(svg, "class=\"bar model\"") == 6);
  CHECK(count(svg, "class=\"bar base\"") == 9);
  CHECK(count(svg, "class=\"seed\"") == 2);
  CHECK(count(svg, "class=\"floor\"") == 3);
  CHECK(count(svg, "class=\"floor-band\"") == 3);
  CHECK(svg.find(">0.75<") != std::string::npos);  // the mean of both seeds
}
