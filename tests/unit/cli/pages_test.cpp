#include "cli/pages.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>

#include "unit/cli/sample.hpp"

using namespace instar;
using namespace instar::test;

namespace {

const std::vector<std::string> kFlags{
    "--output",   "--count",         "--big",   "--rate", "--layer",   "--grid",  "--clip", "--metrics",
    "--time-key", "--genes",         "--paths", "--seed", "--threads", "--quiet", "--json", "--no-provenance",
    "--verbose",  "--exclude-times", "--help",  "-n",     "-@",        "-s",      "-t",     "-o",
    "--version"};

std::string generated(const std::string& what) {
  const Outcome outcome = run_sample({"--generate", what});
  CHECK(outcome.code == 0);
  return outcome.out;
}

}  // namespace

TEST_CASE("help names every flag with its default and stays within 80 columns") {
  const std::string help = run_sample({"--help"}).out;
  for (const std::string& flag : kFlags) {
    CAPTURE(flag);
    CHECK(has(help, flag));
  }
  for (const char* part :
       {"[50]", "[-7]", "[0.001]", "[w1,w2]", "[hvg]", "(required)", "h5ad file\n", "all  every one: it's slow",
        "instar sample in.h5ad -o out.h5ad -t day\n", "\nKinds:\n", "\nInput and output:\n", "\nCommon options:\n"}) {
    CAPTURE(part);
    CHECK(has(help, part));
  }
  CHECK_FALSE(has(help, "--generate"));
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(line.size() <= 80);
    CHECK((line.empty() || line.back() != ' '));
  }
}

TEST_CASE("the manual page, the documentation's page and every completion name every flag") {
  for (const char* what : {"man", "markdown", "bash", "zsh", "fish"}) {
    std::string page = generated(what);
    CAPTURE(what);
    if (page.rfind(".TH", 0) == 0) {
      for (std::size_t at = page.find("\\-"); at != std::string::npos; at = page.find("\\-")) page.erase(at, 1);
    }
    for (std::string flag : kFlags) {
      if (std::string(what) == "fish") flag = flag[1] == '-' ? "-l " + flag.substr(2) : "-s " + flag.substr(1);
      CAPTURE(flag);
      CHECK(has(page, flag));
    }
    CHECK_FALSE(has(page, "--generate"));
  }
  const Outcome unknown = run_sample({"--generate", "tcsh"});
  CHECK(unknown.code == 2);
}

TEST_CASE("roff: hyphens and quotes can be pasted, and no text line is a request") {
  const std::string page = generated("man");
  CHECK(has(page, "the quotes of \\(aqtext\\(aq and a \\e backslash too."));
  CHECK(has(page, "instar sample in.h5ad \\-o out.h5ad \\-t day\n"));
  CHECK(has(page, ".TH \"INSTAR\\-SAMPLE\" 1 "));
}

TEST_CASE("the documentation's page: prose is prose, flags can be linked to, examples can be run") {
  const std::string page = generated("markdown");
  CHECK(page.rfind("# instar sample\n", 0) == 0);
  CHECK(has(page, "the quotes of 'text' and a \\\\ backslash too."));
  CHECK(has(page, "```sh\ninstar sample in.h5ad -o out.h5ad -t day\n```\n"));
  CHECK(has(page, "<a id=\"--output\"></a>`-o, --output OUT.h5ad`\n:   "));
  CHECK(has(page, "    - `all`: every one: it's slow\n"));
  cli::Table table;
  table.name = "instar-x";
  table.summary = "a|b <c> & d_e [f] *g* `h` #i";
  CHECK(has(cli::markdown_page(table), "a\\|b &lt;c> &amp; d\\_e \\[f\\] \\*g\\* \\`h\\` \\#i"));
}

TEST_CASE("every tool is in the table of verbs") {
  std::vector<std::string> names;
  for (const cli::Verb& verb : cli::verbs()) {
    names.push_back("instar-" + verb.name);
    CHECK_FALSE(verb.summary.empty());
    CHECK(verb.summary.back() != '.');
    CHECK(cli::summary_of("instar-" + verb.name) == verb.summary);
  }
  std::vector<std::string> sources;
  for (const auto& entry : std::filesystem::directory_iterator(INSTAR_TEST_SOURCE_DIR "/../tools")) {
    const std::string stem = entry.path().stem().string();
    if (entry.path().extension() == ".cpp" && stem != "instar") sources.push_back(stem);
  }
  for (const std::string& source : sources) {
    CAPTURE(source);
    CHECK(std::count(names.begin(), names.end(), source) == 1);
  }
  CHECK_THROWS(cli::summary_of("instar-nosuch"));
}

TEST_CASE("the dispatcher's pages name every verb") {
  for (const cli::Verb& verb : cli::verbs()) {
    CAPTURE(verb.name);
    CHECK(has(cli::manual_page(cli::verbs()), "\\fB" + verb.name + "\\fR\n" + verb.summary));
    CHECK(has(cli::markdown_page(cli::verbs()), "[instar " + verb.name + "](instar-" + verb.name + ".md)"));
    for (const char* shell : {"bash", "zsh", "fish"}) CHECK(has(cli::completion(cli::verbs(), shell), verb.name));
  }
}
