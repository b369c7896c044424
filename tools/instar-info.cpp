#include <cstdio>
#include <optional>
#include <string>

#include "cli/command.hpp"
#include "core/error.hpp"
#include "io/h5ad.hpp"
#include "io/matrix_stats.hpp"
#include "io/times.hpp"
#include "shared/info_page.hpp"
#include "shared/reading.hpp"

namespace {

using namespace instar;

struct Options {
  std::string input;
  std::optional<std::string> time_key;
  bool stats = false;
};

tools::Contents read_contents(const io::H5adFile& file, const Options& options, core::Reporter& reporter) {
  tools::Contents contents;
  // One odd element must not hide the rest of the file.
  const auto attempt = [&](auto&& read) -> decltype(std::optional(read())) {
    try {
      return read();
    } catch (const DataError& error) {
      reporter.warning(error.what());
      return std::nullopt;
    }
  };
  contents.x = file.matrix_info({});
  if (contents.x && options.stats) contents.stats = io::measure(*file.matrix({}));
  for (const auto& name : file.layers())
    contents.layers.emplace_back(name, attempt([&] {
                                   return file.matrix_info({io::MatrixName::Slot::layer, name}).value();
                                 }));
  for (const auto& name : file.obsm()) contents.obsm.emplace_back(name, attempt([&] { return file.obsm_shape(name); }));
  contents.names = file.obs_names();
  if (const auto raw = attempt([&] { return file.matrix_info({io::MatrixName::Slot::raw}); })) {
    contents.raw = true;
    contents.raw_genes = raw->cols;
  }
  if (options.time_key) contents.times = io::read_times(file, *options.time_key);
  return contents;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Command command("instar-info");
  command.describe(
      "Shows the shape of an h5ad file, its matrices, annotations and, with -t, its times with the cells of each. "
      "Reads "
      "files of every anndata since 0.5.");
  command.input(options.input, "INPUT", "h5ad file, or - for standard input");
  command.option("-t,--time-key", options.time_key, "KEY", "column of obs that holds the time");
  command.flag("--stats", options.stats, "read X through: count, sum, smallest and largest of its values");
  command.with_threads();
  command.with_memory();
  command.with_json();
  command.example("instar info counts.h5ad -t time", "what the file holds, and how many cells each time has");
  return command.run(argc, argv, [&](cli::Context& context) {
    const io::H5adFile file(options.input, tools::reading(context));
    const tools::Contents contents = read_contents(file, options, context.reporter);
    if (context.common.json)
      std::printf("%s\n", tools::contents_json(file, contents).text().c_str());
    else
      tools::print_contents(file, contents);
    return 0;
  });
}
