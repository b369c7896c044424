#include "cli/dispatch.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <unistd.h>

#include "cli/guard.hpp"
#include "cli/pages.hpp"
#include "cli/text.hpp"
#include "core/error.hpp"
#include "core/version.hpp"

namespace instar::cli {
namespace {

std::string list_of_verbs() {
  std::size_t longest = 4;
  for (const Verb& verb : verbs()) longest = std::max(longest, verb.name.size());
  std::string text =
      "instar: Action Matching for single-cell time courses\n\n"
      "Usage: instar VERB [arguments]\n\n"
      "Verbs, in the order of a pipeline:\n";
  for (const Verb& verb : verbs())
    text += "  " + verb.name + std::string(longest + 2 - verb.name.size(), ' ') + verb.summary + "\n";
  return text +
         "\nOptions:\n"
         "  -h, --help     print this help\n"
         "  -V, --version  print the version\n"
         "\n`instar help VERB` or `instar VERB --help` tells more about one of them.\n";
}

/// Replaces this process by the tool of `verb`; comes back only by an exception. The tool is told the folder by which
/// `instar` was called, so that a command which it prints can be pasted.
[[noreturn]] void become(const std::string& called, const std::string& verb,
                         const std::vector<std::string>& arguments) {
  std::vector<std::string> known;
  for (const Verb& v : verbs()) known.push_back(v.name);
  if (std::find(known.begin(), known.end(), verb) == known.end()) {
    const std::string guess = nearest(verb, known);
    throw UsageError("unknown verb " + shell_quote(verb) + (guess.empty() ? "" : "; did you mean " + guess + "?"));
  }
  const std::string program = "instar-" + verb;
  const std::string as_called = (std::filesystem::path(called).parent_path() / program).string();
  std::vector<char*> words{const_cast<char*>(as_called.c_str())};
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  std::error_code no_proc;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", no_proc);
  if (!no_proc) execv((self.parent_path() / program).c_str(), words.data());
  execvp(program.c_str(), words.data());
  throw DataError({program}, std::strerror(errno), "it should lie in the folder of instar, or in one of PATH");
}

int answer(const std::string& called, const std::vector<std::string>& words) {
  if (words.empty()) {  // a script whose VERB is empty must not go on as if it had run
    std::cerr << list_of_verbs();
    return kUsage;
  }
  const std::string& first = words[0];
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  if (first == "--generate" && rest.size() == 1) {
    std::cout << (rest[0] == "man"        ? manual_page(verbs())
                  : rest[0] == "markdown" ? markdown_page(verbs())
                                          : completion(verbs(), rest[0]));
  } else if (first == "-h" || first == "--help" || (first == "help" && rest.empty())) {
    std::cout << list_of_verbs();
  } else if (first == "-V" || first == "--version") {
    std::cout << "instar " << core::kVersion << "\n";
  } else if (first == "help") {
    become(called, rest[0], {"--help"});
  } else if (first[0] == '-') {
    throw UsageError("unknown option " + shell_quote(first) + "; a verb comes first");
  } else {
    become(called, first, rest);
  }
  return kDone;
}

}  // namespace

int dispatch(int argc, char** argv) {
  StderrReporter reporter("instar");
  return guarded("instar", reporter, [&] {
    return answer(argc > 0 ? argv[0] : "instar", {argv + std::min(argc, 1), argv + argc});
  });
}

}  // namespace instar::cli
