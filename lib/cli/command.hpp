#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/record.hpp"
#include "core/reporter.hpp"
#include "core/time_label.hpp"

namespace instar::cli {

/// What every tool has: -@, -s, -q, -v, --json, --memory, --no-provenance (each only where asked for).
struct Common {
  int threads = 0;        ///< -@; 0: OMP_NUM_THREADS, else all cores; in a Context how many there are
  std::int64_t seed = 0;  ///< -s
  bool quiet = false;
  int verbose = 0;
  bool json = false;
  bool no_provenance = false;
  std::optional<std::string> memory;  ///< --memory as given
  std::int64_t memory_bytes = 0;      ///< --memory, else a quarter of the machine's
};

/// Everything a tool's body gets beside its own option struct.
struct Context {
  Common common;
  core::Reporter& reporter;  ///< messages on stderr as `instar-fit: warning: ...`, progress on a terminal
  std::string program;       ///< as it was called (argv[0]), quoted for a shell
  std::string command_line;  ///< the tool's name and its arguments, quoted for a shell; for provenance
  /// Every option of the tool with its value by its long name (`n-comps`; arguments as `input`), for provenance and
  /// --dry-run. Left out: options that were not given and have no default, and those that change no result (threads,
  /// -q, -v, --json). A tool that resolves a value later (`auto`) puts it here.
  core::Facts options;
};

/// One tool's flag table. From it come the parser, --help, the man page and the completions, so they cannot differ.
/// Every option takes the variable it fills; the variable's value at that moment is the default that the help shows, so
/// the help text itself names no default. Help texts are phrases without a capital and a full stop. Values are given as
/// `--opt value` or `--opt=value`; names are never abbreviated; an option given twice is an error unless it was
/// added by repeated().
///
///     cli::Command command("instar-pca");
///     command.describe("A paragraph or two for the help and the man page.");
///     command.input(input, "INPUT", "h5ad file, or - for standard input");
///     command.output(output, "OUT.h5ad");
///     command.section("Components");
///     command.option("-n,--n-comps", options.n_comps, "N", "number of components");
///     command.choice("--genes", genes, {{"hvg", "..."}, {"all", "..."}}, "which genes are used");
///     command.example("instar pca prep.h5ad -o pca.h5ad -n 20", "twenty components of the variable genes");
///     return command.run(argc, argv, [&](cli::Context& context) { ...; return 0; });
class Command {
 public:
  /// @param name `instar-pca`; the summary comes from the table of verbs, which the dispatcher lists too
  explicit Command(const std::string& name);
  /// A program that is not in the table of verbs (tests).
  Command(std::string name, std::string summary);
  ~Command();
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  void describe(std::string paragraph);  ///< may be called again: next paragraph
  /// Following options are listed under this title. Before the first: arguments and -o under "Input and output", others
  /// under "Options". What the with_...() functions add always comes last, under "Common options".
  void section(std::string title);
  void example(std::string command, std::string says);

  void input(std::string& variable, const std::string& placeholder, const std::string& help);  ///< positional, required
  /// The placeholder says what is written (`OUT.h5ad|OUT.tsv`); names that promise something else are refused, see
  /// require_ending().
  void output(std::string& variable, const std::string& placeholder,
              const std::string& help = "output file, or - for standard output",
              bool required = true);  ///< -o,--output
  /// The output may have the name of this input: it is whole until the result is, which then takes its place. Any other
  /// input that the output would replace is a usage error.
  /// @param may asked once the flags are known; empty: always
  void output_may_replace(const std::string& input, std::function<bool()> may = {});
  /// Where this variable has another value than now (`auto`) it says what is written, and the output may end in
  /// anything.
  void output_kind_by(const std::string& variable);
  /// Option `name` names a second output, which may neither be where --output goes nor an input: a usage error.
  void another_output(const std::string& name, const std::string& variable);
  void option(const std::string& names, std::string& variable, const std::string& placeholder, const std::string& help);
  void option(const std::string& names, int& variable, const std::string& placeholder, const std::string& help);
  void option(const std::string& names, std::int64_t& variable, const std::string& placeholder,
              const std::string& help);
  void option(const std::string& names, double& variable, const std::string& placeholder, const std::string& help);
  void option(const std::string& names, std::optional<std::string>& variable, const std::string& placeholder,
              const std::string& help);
  void option(const std::string& names, std::optional<std::int64_t>& variable, const std::string& placeholder,
              const std::string& help);
  void option(const std::string& names, std::optional<double>& variable, const std::string& placeholder,
              const std::string& help);
  void option(const std::string& names, std::vector<std::string>& variable, const std::string& placeholder,
              const std::string& help);  ///< comma-separated LIST
  /// May be given several times; each value is added to the variable as it is.
  void repeated(const std::string& names, std::vector<std::string>& variable, const std::string& placeholder,
                const std::string& help);
  /// LIST of times, numbers or labels. What their units mean only the column knows: see core::times_in_unit(). The tool
  /// puts the numbers that come out into Context::options.
  void times(const std::string& names, std::vector<core::TimeLabel>& variable, const std::string& help);
  void flag(const std::string& names, bool& variable, const std::string& help);
  /// One of several words, each explained in the help. A name without a dash (`MODEL`) makes a required argument.
  void choice(const std::string& names, std::string& variable,
              const std::vector<std::pair<std::string, std::string>>& words, const std::string& help);
  void required(const std::string& name);                     ///< the option must be given
  void excludes(const std::string& a, const std::string& b);  ///< both together are a usage error
  void needs(const std::string& a, const std::string& b);     ///< `a` without `b` is a usage error
  /// Gives the option `--name` a value from elsewhere than the command line. @throws UsageError as if it had been typed
  void assign(const std::string& name, const std::string& value);
  void at_least(const std::string& name, double minimum);  ///< a smaller number is a usage error

  void with_threads();     ///< -@,--threads
  void with_seed();        ///< -s,--seed
  void with_json();        ///< --json
  void with_memory();      ///< --memory
  void with_provenance();  ///< --no-provenance

  /// Parses, sets threads, runs `body`, and turns every outcome into an exit code (architecture.md, habit 6):
  /// UsageError 2, DataError 3, NumericError 4, anything else 70. --help, --version and the hidden --generate
  /// man|markdown|bash|zsh|fish end here. Standard output is checked when it closes.
  int run(int argc, char** argv, const std::function<int(Context&)>& body);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace instar::cli
