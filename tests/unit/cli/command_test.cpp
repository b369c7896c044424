#include "cli/command.hpp"

#include <doctest/doctest.h>

#include "unit/cli/sample.hpp"

using namespace instar;
using namespace instar::test;

namespace {

/// The arguments without which the sample does not run, and `more`.
Outcome run_with(std::vector<std::string> more) {
  more.insert(more.begin(), {"in.h5ad", "-o", "out.h5ad", "-t", "day"});
  return run_sample(more);
}

void check_refused(const std::vector<std::string>& more, const std::string& message) {
  CAPTURE(message);
  const Outcome outcome = run_with(more);
  CHECK(outcome.code == 2);
  CHECK(outcome.out.empty());
  CHECK(outcome.err == "instar-sample: error: " + message + "\nsee instar-sample --help\n");
}

}  // namespace

TEST_CASE("defaults are the variables' values, and what has none is absent") {
  const Outcome outcome = run_with({"-@", "2"});
  CHECK(outcome.code == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out ==
        "big=-7\ncount=50\ngenes=hvg\ninput=in.h5ad\nmetrics=(w1)(w2)\noutput=out.h5ad\npaths=0\nrate=0.001\nseed=0\n"
        "time-key=day\n"
        "common 2 0 0000\n"
        "instar-sample in.h5ad -o out.h5ad -t day -@ 2\n");
}

TEST_CASE("every kind of option is read") {
  const Outcome outcome = run_with({"-n", "3", "--big=-9000000000", "--rate", "-1.5e-3", "--layer", "raw counts",
                                    "--grid", "-4", "--metrics", "mmd,w1", "--exclude-times=D2,-1,3.5", "--genes=all",
                                    "--paths", "-@3", "-s-5", "-vv", "--json", "--no-provenance"});
  CHECK(outcome.err.empty());
  for (const char* line : {"count=3\n", "big=-9000000000\n", "rate=-0.0015\n", "layer=raw counts\n", "grid=-4\n",
                           "metrics=(mmd)(w1)\n", "exclude-times=(2)(-1)(3.5)\n", "genes=all\n", "paths=1\n",
                           "seed=-5\n", "common 3 -5 0211\n", "--layer 'raw counts'"}) {
    CAPTURE(line);
    CHECK(has(outcome.out, line));
  }
  CHECK(has(run_with({"--clip", "0.25"}).out, "clip=0.25\n"));
  CHECK(has(run_with({"-n", "1"}).out, "count=1\n"));
}

TEST_CASE("arguments: a dash is a file, and after two dashes everything is an argument") {
  CHECK(has(run_sample({"-", "-o", "-", "-t", "day"}).out, "input=-\n"));
  CHECK(has(run_sample({"-o", "-", "-t", "day", "--", "-odd.h5ad"}).out, "input=-odd.h5ad\n"));
}

TEST_CASE("values that cannot be read are refused with the flag's name") {
  check_refused({"-n", "1e3"}, "--count needs a whole number, not 1e3");
  check_refused({"-n", ""}, "--count needs a whole number, not ''");
  check_refused({"-n", "99999999999"}, "--count cannot be 99999999999: out of range");
  check_refused({"-n", "0"}, "--count must be at least 1, not 0");
  check_refused({"--rate", "1,5"}, "--rate needs a number, not 1,5");
  check_refused({"--rate=nan"}, "--rate needs a number, not nan");
  check_refused({"--rate=1e999"}, "--rate cannot be 1e999: out of range");
  check_refused({"--layer="}, "--layer needs a value that is not empty");
  check_refused({"--metrics", "w1,,w2"}, "--metrics needs a comma-separated list, not w1,,w2");
  check_refused({"--metrics", "w1,"}, "--metrics needs a comma-separated list, not w1,");
  check_refused({"--genes", "Hvg"}, "--genes must be hvg or all, not Hvg");
  check_refused({"-@", "0"}, "--threads must be at least 1, not 0");
  const Outcome times = run_with({"--exclude-times", "1,x"});
  CHECK(times.code == 2);
  CHECK(has(times.err, "--exclude-times needs a list of times: "));
}

TEST_CASE("command lines that make no sense are refused") {
  check_refused({"--metric", "w1"}, "unknown option --metric; did you mean --metrics?");
  check_refused({"--thraeds=3"}, "unknown option --thraeds; did you mean --threads?");
  check_refused({"--frobnicate"}, "unknown option --frobnicate");
  check_refused({"-Z"}, "unknown option -Z");
  check_refused({"again.h5ad"}, "unexpected argument again.h5ad");
  check_refused({"-n", "3", "--count=3"}, "--count is given twice");
  check_refused({"-n"}, "--count needs a value (N)");
  check_refused({"-n", "--paths"},
                "--count needs a value (N) before --paths; if --paths is the value, write "
                "--count=--paths");
  check_refused({"--paths=yes"}, "--paths takes no value");
  check_refused({"--grid", "3", "--clip", "1"}, "--grid and --clip cannot be given together");
  check_refused({"--paths"}, "--paths needs --grid");
  check_refused({"-q", "-v"}, "--quiet and --verbose cannot be given together");
}

TEST_CASE("what is required must be there") {
  const Outcome nothing = run_sample({});
  CHECK(nothing.code == 2);
  CHECK(nothing.err == "instar-sample: error: the argument INPUT is missing\nsee instar-sample --help\n");
  CHECK(has(run_sample({"in.h5ad", "-t", "day"}).err, "--output OUT.h5ad is missing"));
  CHECK(has(run_sample({"in.h5ad", "-o", "x"}).err, "--time-key KEY is missing"));
}

TEST_CASE("a positional choice is one of its words") {
  const auto run = [](std::vector<std::string> words) {
    return in_child([&] {
      std::string model;
      cli::Command command("instar-sample", "a tool for tests");
      command.choice("MODEL", model, {{"gaussian", ""}, {"three-gene", ""}}, "what is simulated");
      words.insert(words.begin(), "instar-sample");
      std::vector<char*> argv;
      for (std::string& word : words) argv.push_back(word.data());
      return command.run(static_cast<int>(argv.size()), argv.data(), [&](cli::Context&) {
        std::cout << model << "\n";
        return 0;
      });
    });
  };
  CHECK(run({"three-gene"}).out == "three-gene\n");
  CHECK(has(run({"threegene"}).err, "MODEL must be gaussian or three-gene, not threegene"));
  CHECK(has(run({}).err, "the argument MODEL is missing"));
}

TEST_CASE("help and version answer whatever else is missing") {
  CHECK(run_sample({"--version"}).out == "instar-sample 0.1.0\n");
  CHECK(run_sample({"-V", "--nonsense"}).code == 0);
  const Outcome help = run_sample({"-h"});
  CHECK(help.code == 0);
  CHECK(help.err.empty());
  CHECK(help.out.rfind("instar-sample: a tool for tests\n\nUsage: instar-sample INPUT -o OUT.h5ad -t KEY [options]\n",
                       0) == 0);
}
