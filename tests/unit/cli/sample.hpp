#pragma once

#include <iostream>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "cli/command.hpp"
#include "core/time_label.hpp"
#include "support/child.hpp"

namespace instar::test {

/// A tool with an option of every kind. Its body prints what it got.
struct Sample {
  std::string input;
  std::string output;
  std::string key;
  int count = 50;
  std::int64_t big = -7;
  double rate = 0.001;
  std::optional<std::string> layer;
  std::optional<std::int64_t> grid;
  std::optional<double> clip;
  std::vector<std::string> metrics{"w1", "w2"};
  std::vector<core::TimeLabel> times;
  std::string genes = "hvg";
  bool paths = false;
  cli::Command command{"instar-sample", "a tool for tests"};

  Sample() {
    command.describe("It prints what it got, the quotes of 'text' and a \\ backslash too.");
    command.input(input, "INPUT", "h5ad file");
    command.output(output, "OUT.h5ad");
    command.section("Kinds");
    command.option("-n,--count", count, "N", "how many, as a whole number of at least one that is explained at length");
    command.at_least("--count", 1);
    command.option("--big", big, "N", "a large number");
    command.option("--rate", rate, "R", "a rate");
    command.option("--layer", layer, "NAME", "a layer");
    command.option("--grid", grid, "N", "points of a grid");
    command.option("--clip", clip, "G", "a limit");
    command.option("--metrics", metrics, "LIST", "what is measured");
    command.option("-t,--time-key", key, "KEY", "column of times");
    command.required("--time-key");
    command.times("--exclude-times", times, "times to leave out");
    command.choice("--genes", genes, {{"hvg", "the highly variable ones"}, {"all", "every one: it's slow"}},
                   "which genes are used");
    command.flag("--paths", paths, "all points in time");
    command.excludes("--grid", "--clip");
    command.needs("--paths", "--grid");
    command.with_threads();
    command.with_seed();
    command.with_json();
    command.with_provenance();
    command.example("instar sample in.h5ad -o out.h5ad -t day", "the defaults");
  }

  static int print(const cli::Context& context) {
    const auto text = [](const auto& value) {
      std::ostringstream stream;
      if constexpr (requires { value.begin()->size(); }) {
        for (const auto& part : value) stream << "(" << part << ")";
      } else if constexpr (requires { stream << value; }) {
        stream << value;
      } else {
        for (const auto& part : value) stream << "(" << core::format_number(part) << ")";
      }
      return stream.str();
    };
    for (const auto& [name, value] : context.options) std::cout << name << "=" << std::visit(text, value) << "\n";
    const cli::Common& common = context.common;
    std::cout << "common " << common.threads << " " << common.seed << " " << common.quiet << common.verbose
              << common.json << common.no_provenance << "\n";
    std::cout << context.command_line << "\n";
    return 0;
  }
};

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Runs the sample with these arguments and a body of the test's own.
inline Outcome run_sample(std::vector<std::string> words, const std::function<int(cli::Context&)>& body = Sample::print,
                          const std::function<void()>& prepare = {}) {
  return in_child(
      [&] {
        words.insert(words.begin(), "instar-sample");
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        return Sample().command.run(static_cast<int>(argv.size()), argv.data(), body);
      },
      prepare);
}

}  // namespace instar::test
