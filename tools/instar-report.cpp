// instar-report: one page of a time course, its model, its predictions and how good they are.
#include <cmath>
#include <filesystem>

#include "cli/command.hpp"
#include "cli/ending.hpp"
#include "cli/text.hpp"
#include "core/error.hpp"
#include "core/format.hpp"
#include "io/output.hpp"
#include "report/page.hpp"
#include "shared/naming.hpp"
#include "shared/report_input.hpp"

using namespace instar;

namespace {

struct Flags {
  tools::ReportRequest request;
  std::string output;
  std::string figure;
};

void add_flags(cli::Command& command, Flags& flags) {
  command.output(flags.output, "OUT.html|OUT.svg",
                 "the page, or the figure that --figure names; - for standard output");
  command.option("--data", flags.request.data, "INPUT", "h5ad file with the observed cells");
  command.option("-t,--time-key", flags.request.time_key, "KEY",
                 "column of obs that holds the time; not given: the model's, else the one noted in INPUT");
  command.option("--model", flags.request.model, "MODEL", "model of instar-fit: growth and velocity of observed cells");
  command.option("--predictions", flags.request.predictions, "FILE",
                 "h5ad file of instar-predict (best with --from first --grid N)");
  command.option("--holdout", flags.request.holdout, "TABLE.tsv", "table of instar-holdout (best with --baselines)");
  command.option("--log", flags.request.log, "FILE", "log of instar-fit --log: the training curve");
  command.section("What is shown");
  command.option("--color", flags.request.colours, "LIST",
                 "colour by these as well as time, growth and weight, the first at first: columns of obs, or genes of "
                 "X");
  command.option("--label", flags.request.label, "KEY",
                 "column of obs whose groups growth is shown by; not given: the first of --color that has groups");
  command.option("--axes", flags.request.axes, "I,J", "dimensions of the embedding that are drawn");
  command.option("--basis", flags.request.basis, "KEY",
                 "embedding in obsm, or X; not given: the model's or the predictions', else X_pca");
  command.option("--title", flags.request.title, "TEXT", "heading; not given: the name of INPUT");
  command.option(
      "--figure", flags.figure, "NAME",
      "write this panel alone, as SVG: cells, cells-COLOUR, scores, scores-w2, scores-mmd, scores-energy, "
      "growth-time, growth-label, trend-COLOUR or training; the first colour and W1 also as cells-COLOUR and "
      "scores-w1");
  command.needs("--label", "--data");
  command.needs("--time-key", "--data");
  command.with_threads();
  command.with_provenance();
  command.example("instar report --data pca.h5ad --model m.instar --predictions p.h5ad --holdout t.tsv -o page.html",
                  "a page with everything, to look at or to mail");
  command.example("instar report --holdout table.tsv --figure scores -o scores.svg", "one panel for a paper");
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  cli::Command command("instar-report");
  command.describe(
      "Makes one self-contained HTML page from whatever is given: the cells in two dimensions with a time slider, "
      "observed beside predicted; whether held-out times are predicted better than by doing nothing or by "
      "interpolating; growth by time and by label; the training curve; how everything was made. It needs no network "
      "and stays below 5 MB: of many cells it shows a random sample, and says so.");
  add_flags(command, flags);
  return command.run(argc, argv, [&](cli::Context& context) {
    const tools::ReportRequest& request = flags.request;
    if (request.data.empty() && request.predictions.empty() && request.holdout.empty() && request.log.empty())
      throw UsageError("there is nothing to show: give --data, --predictions, --holdout or --log");
    if (flags.figure.empty() && cli::promised_ending(flags.output) == ".svg")
      throw UsageError("--output " + cli::shell_quote(flags.output) +
                       ": without --figure a page is written; name the panel with --figure (as --figure scores), or "
                       "write " +
                       cli::shell_quote(std::filesystem::path(flags.output).replace_extension(".html").string()));
    cli::require_ending("--output", flags.output, {flags.figure.empty() ? ".html" : ".svg"});
    io::AtomicOutput output(flags.output);
    const report::Content content = tools::read_report(request, context);
    const std::string text = flags.figure.empty() ? report::page(content) : report::figure(content, flags.figure);
    output.write(text);
    output.commit();
    const std::string what =
        flags.figure.empty()
            ? "page of " + core::format_short(std::round(static_cast<double>(text.size()) / 1e4) / 100) + " MB"
            : "figure " + flags.figure;
    context.reporter.info(what + " written to " + tools::told(flags.output));
    return 0;
  });
}
