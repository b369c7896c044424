#include "cli/command.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/ending.hpp"
#include "cli/guard.hpp"
#include "cli/pages.hpp"
#include "cli/parse.hpp"
#include "cli/reporter.hpp"
#include "cli/resources.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "cli/values.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/version.hpp"

namespace instar::cli {
namespace {

std::size_t page_width() {
  winsize size{};
  if (isatty(STDOUT_FILENO) != 1 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 80;
  return std::clamp<std::size_t>(size.ws_col, 60, 100);
}

/// Whether two outputs would be one: the same file, under the same name or by a link, or both standard output.
bool same_target(const std::string& a, const std::string& b) {
  if (a == "-" || b == "-") return a == b;
  std::error_code unknown;
  return std::filesystem::equivalent(a, b, unknown) ||
         std::filesystem::weakly_canonical(std::filesystem::absolute(a), unknown) ==
             std::filesystem::weakly_canonical(std::filesystem::absolute(b), unknown);
}

}  // namespace

struct Command::Impl {
  Table table;
  std::string section;  ///< of the options that follow; empty until section() is called
  Common common;
  std::vector<const std::string*> inputs;
  const std::string* output = nullptr;
  std::vector<std::string> output_endings;
  const std::string* output_kind = nullptr;  ///< says what is written, where it is not `kind_by_ending`
  std::string kind_by_ending;
  const std::string* replaceable = nullptr;
  std::function<bool()> may_replace;                                     ///< whether it is
  std::vector<std::pair<std::string, const std::string*>> more_outputs;  ///< flag and what it fills

  /// A result of another kind, or without what was in the input, is not renamed over it, nor over another result.
  void refuse_output_onto_input() const {
    if (output != nullptr)
      refuse_onto_inputs("--output", *output, !may_replace || may_replace() ? replaceable : nullptr);
    for (const auto& [flag, path] : more_outputs) {
      refuse_onto_inputs(flag, *path, nullptr);
      if (output != nullptr && !path->empty() && same_target(*path, *output))
        throw UsageError(flag + " " + shell_quote(*path) + " is where --output goes; name another file");
    }
  }
  void refuse_onto_inputs(const std::string& flag, const std::string& path, const std::string* except) const {
    if (path == "-") return;
    std::error_code missing;  // a file that is not there is nobody's input
    for (const std::string* input : inputs) {
      if (input == except) continue;
      if (std::filesystem::is_regular_file(path, missing) && std::filesystem::equivalent(*input, path, missing))
        throw UsageError(flag + " " + shell_quote(path) + " is an input too, and would be lost; name another file");
    }
  }
  void require_output_ending() const {
    if (output == nullptr || output->empty() || (output_kind != nullptr && *output_kind != kind_by_ending)) return;
    require_ending("--output", *output, output_endings);
  }

  Flag& add(const std::string& names, const std::string& placeholder, const std::string& help) {
    Flag flag;
    flag.names = split(names, ',');
    flag.placeholder = placeholder;
    flag.help = help;
    flag.section = section.empty() ? kOptions : section;
    table.flags.push_back(std::move(flag));
    return table.flags.back();
  }

  /// A flag that fills `variable`, whose present value is the default.
  template <typename T>
  Flag& bind(const std::string& names, T& variable, const std::string& placeholder, const std::string& help) {
    Flag& flag = add(names, placeholder, help);
    flag.default_text = show(variable);
    flag.set = [&variable](const std::string& text) { read(text, variable); };
    flag.value = [&variable] { return fact(variable); };
    return flag;
  }

  Flag& common_switch(const std::string& names, const std::string& help) {
    Flag& flag = add(names, "", help);
    flag.section = kCommon;
    return flag;
  }

  Flag& named(const std::string& name) {
    for (Flag& flag : table.flags) {
      if (flag.answers_to(name) || (flag.positional() && flag.placeholder == name)) return flag;
    }
    throw std::logic_error(table.name + " has no flag " + name);
  }

  void resolve_memory() {
    constexpr std::int64_t kShare = 4;
    common.memory_bytes = common.memory ? parse_bytes("--memory", *common.memory) : machine_memory_bytes() / kShare;
  }
  void add_what_every_tool_has();
  std::string generate(const std::string& what) const;
  Context context(StderrReporter& reporter, const std::string& program, const std::vector<std::string>& words) const;
};

void Command::Impl::add_what_every_tool_has() {
  common_switch("-q,--quiet", "print errors and warnings only").set = [this](const std::string&) {
    common.quiet = true;
  };
  common_switch("-v,--verbose", "print details").set = [this](const std::string&) { ++common.verbose; };
  common_switch("-h,--help", "print this help").answers = true;
  common_switch("-V,--version", "print the version").answers = true;
  table.exclusions.push_back({"--quiet", "--verbose"});
}

std::string Command::Impl::generate(const std::string& what) const {
  if (what == "man") return manual_page(table);
  if (what == "markdown") return markdown_page(table);
  if (what != "bash" && what != "zsh" && what != "fish")
    throw UsageError("--generate must be man, markdown, bash, zsh or fish, not " + shell_quote(what));
  return completion(table, what);
}

Context Command::Impl::context(StderrReporter& reporter, const std::string& program,
                               const std::vector<std::string>& words) const {
  Context context{common, reporter, shell_quote(program), table.name, {}};
  context.common.threads = core::threads();
  for (const std::string& word : words) context.command_line += " " + shell_quote(word);
  for (const Flag& flag : table.flags) {
    if (!flag.value) continue;
    if (const auto value = flag.value()) context.options[flag.key()] = *value;
  }
  return context;
}

Command::Command(const std::string& name) : Command(name, summary_of(name)) {}

Command::Command(std::string name, std::string summary) : impl_(std::make_unique<Impl>()) {
  impl_->table.name = std::move(name);
  impl_->table.summary = std::move(summary);
}

Command::~Command() = default;

void Command::describe(std::string paragraph) { impl_->table.paragraphs.push_back(std::move(paragraph)); }

void Command::section(std::string title) { impl_->section = std::move(title); }

void Command::example(std::string command, std::string says) {
  impl_->table.examples.push_back({std::move(command), std::move(says)});
}

void Command::input(std::string& variable, const std::string& placeholder, const std::string& help) {
  Flag& flag = impl_->bind("", variable, placeholder, help);
  flag.required = true;
  impl_->inputs.push_back(&variable);
  if (impl_->section.empty()) flag.section = kInputOutput;
}

void Command::output(std::string& variable, const std::string& placeholder, const std::string& help, bool required) {
  Flag& flag = impl_->bind("-o,--output", variable, placeholder, help);
  impl_->output = &variable;
  impl_->output_endings = endings_of(placeholder);
  flag.required = required;
  if (impl_->section.empty()) flag.section = kInputOutput;
}

void Command::output_may_replace(const std::string& input, std::function<bool()> may) {
  impl_->replaceable = &input;
  impl_->may_replace = std::move(may);
}

void Command::output_kind_by(const std::string& variable) {
  impl_->output_kind = &variable;
  impl_->kind_by_ending = variable;
}

void Command::another_output(const std::string& name, const std::string& variable) {
  impl_->more_outputs.emplace_back(name, &variable);
}

void Command::option(const std::string& names, std::string& variable, const std::string& placeholder,
                     const std::string& help) {
  impl_->bind(names, variable, placeholder, help);
}

void Command::option(const std::string& names, int& variable, const std::string& placeholder, const std::string& help) {
  impl_->bind(names, variable, placeholder, help);
}

void Command::option(const std::string& names, std::int64_t& variable, const std::string& placeholder,
                     const std::string& help) {
  impl_->bind(names, variable, placeholder, help);
}

void Command::option(const std::string& names, double& variable, const std::string& placeholder,
                     const std::string& help) {
  impl_->bind(names, variable, placeholder, help);
}

void Command::option(const std::string& names, std::optional<std::string>& variable, const std::string& placeholder,
                     const std::string& help) {
  impl_->bind(names, variable, placeholder, help);
}

void Command::option(const std::string& names, std::optional<std::int64_t>& variable, const std::string& placeholder,
                     const std::string& help) {
  impl_->bind(names, variable, placeholder, help);
}

void Command::option(const std::string& names, std::optional<double>& variable, const std::string& placeholder,
                     const std::string& help) {
  impl_->bind(names, variable, placeholder, help);
}

void Command::option(const std::string& names, std::vector<std::string>& variable, const std::string& placeholder,
                     const std::string& help) {
  impl_->bind(names, variable, placeholder, help);
}

void Command::repeated(const std::string& names, std::vector<std::string>& variable, const std::string& placeholder,
                       const std::string& help) {
  Flag& flag = impl_->bind(names, variable, placeholder, help);
  flag.repeats = true;
  flag.set = [&variable](const std::string& text) {
    std::string value;
    read(text, value);
    variable.push_back(value);
  };
}

void Command::times(const std::string& names, std::vector<core::TimeLabel>& variable, const std::string& help) {
  impl_->bind(names, variable, "LIST", help);
}

void Command::flag(const std::string& names, bool& variable, const std::string& help) {
  Flag& flag = impl_->add(names, "", help);
  flag.set = [&variable](const std::string&) { variable = true; };
  flag.value = [&variable] { return fact(variable); };
}

void Command::choice(const std::string& names, std::string& variable,
                     const std::vector<std::pair<std::string, std::string>>& words, const std::string& help) {
  const bool positional = names.rfind('-', 0) != 0;
  Flag& flag = impl_->bind(positional ? "" : names, variable, positional ? names : "WORD", help);
  flag.required = positional;
  if (positional && impl_->section.empty()) flag.section = kInputOutput;
  flag.words = words;
  flag.set = [&variable, known = flag.choices()](const std::string& text) {
    if (std::find(known.begin(), known.end(), text) == known.end())
      throw UsageError("must be " + join_words(known, "or") + ", not " + shell_quote(text));
    variable = text;
  };
}

void Command::at_least(const std::string& name, double minimum) {
  Flag& flag = impl_->named(name);
  flag.set = [set = flag.set, minimum](const std::string& text) {
    set(text);
    double value = 0;
    read(text, value);
    if (value < minimum) throw UsageError("must be at least " + core::format_number(minimum) + ", not " + text);
  };
}

void Command::required(const std::string& name) {
  Flag& flag = impl_->named(name);
  flag.required = true;
  flag.default_text.clear();
}

void Command::excludes(const std::string& a, const std::string& b) {
  impl_->table.exclusions.push_back({impl_->named(a).display(), impl_->named(b).display()});
}

void Command::needs(const std::string& a, const std::string& b) {
  impl_->table.needs.push_back({impl_->named(a).display(), impl_->named(b).display()});
}

void Command::assign(const std::string& name, const std::string& value) {
  const Flag* known = impl_->table.find(name);
  if (known == nullptr || !known->takes_value()) throw UsageError("there is no option " + name + " that takes a value");
  try {
    known->set(value);
  } catch (const UsageError& error) {
    throw UsageError(name + " " + error.what());
  }
}

void Command::with_threads() {
  Flag& flag = impl_->bind("-@,--threads", impl_->common.threads, "N", "threads");
  flag.section = kCommon;
  flag.default_text = "OMP_NUM_THREADS, else all cores";
  flag.value = nullptr;  // results do not depend on it
  at_least("--threads", 1);
}

void Command::with_seed() {
  impl_->bind("-s,--seed", impl_->common.seed, "N", "seed of the random numbers").section = kCommon;
}

void Command::with_json() {
  impl_->common_switch("--json", "print the report as JSON").set = [impl = impl_.get()](const std::string&) {
    impl->common.json = true;
  };
}

void Command::with_memory() {
  Flag& flag = impl_->bind("--memory", impl_->common.memory, "SIZE",
                           "memory to keep within, as 500M or 2GB; the matrix is read in blocks that fit");
  flag.section = kCommon;
  flag.default_text = "a quarter of the machine's";
}

void Command::with_provenance() {
  impl_->common_switch("--no-provenance", "leave tool, version, command line and options out of the output").set =
      [impl = impl_.get()](const std::string&) { impl->common.no_provenance = true; };
}

int Command::run(int argc, char** argv, const std::function<int(Context&)>& body) {
  const std::string& name = impl_->table.name;
  StderrReporter reporter(name);
  return guarded(name, reporter, [&] {
    impl_->add_what_every_tool_has();
    const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    // Hidden: how the build makes manual pages, pages of the documentation and completions.
    if (words.size() == 2 && words[0] == "--generate") {
      std::cout << impl_->generate(words[1]);
      return static_cast<int>(kDone);
    }
    const std::string answer = parse(impl_->table, words);
    if (answer == "--help") {
      std::cout << help_page(impl_->table, page_width());
      return static_cast<int>(kDone);
    }
    if (answer == "--version") {
      std::cout << name << " " << core::kVersion << "\n";
      return static_cast<int>(kDone);
    }
    impl_->refuse_output_onto_input();
    impl_->require_output_ending();
    reporter.set_level(impl_->common.quiet, impl_->common.verbose);
    core::set_threads(core::resolve_threads(impl_->common.threads));
    impl_->resolve_memory();
    Context context = impl_->context(reporter, argc > 0 ? argv[0] : name, words);
    return body(context);
  });
}

}  // namespace instar::cli
