#include "shared/dry_run.hpp"

#include <iostream>

#include "cli/resources.hpp"
#include "core/error.hpp"
#include "io/json.hpp"

namespace instar::tools {

void add_dry_run(cli::Command& command, bool& dry_run) {
  command.flag("--dry-run", dry_run, "print sizes and the memory estimate, and stop");
}

void with_dry_run_json(cli::Command& command) {
  command.with_json();
  command.needs("--json", "--dry-run");
}

io::MatrixInfo sizes_of(const io::H5adFile& file, const io::MatrixName& name) {
  const auto sizes = file.matrix_info(name);
  if (!sizes) throw file.no_such_matrix(name);
  return *sizes;
}

void print_dry_run(const io::H5adFile& file, const io::MatrixName& name, bool rewritten, std::int64_t working_bytes,
                   const cli::Context& context) {
  const io::MatrixInfo sizes = sizes_of(file, name);
  const std::int64_t bytes = file.reading_bytes(name, rewritten) + working_bytes;
  if (context.common.json) {
    io::Json report = io::Json::object();
    report.set("options", io::Json::of(context.options));
    report.set("cells", sizes.rows).set("genes", sizes.cols).set("values", sizes.stored).set("memory_bytes", bytes);
    std::cout << report.text() << '\n';
    return;
  }
  for (const auto& [option, value] : context.options)
    std::cout << option << '\t' << io::Json::of(value).text(0) << '\n';
  std::cout << "cells\t" << sizes.rows << "\ngenes\t" << sizes.cols << "\nvalues\t" << sizes.stored
            << "\nmemory\tabout " << cli::format_bytes(bytes) << '\n';
}

}  // namespace instar::tools
