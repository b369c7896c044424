#include "cli/parse.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "cli/text.hpp"
#include "core/error.hpp"

namespace instar::cli {
namespace {

/// The value of `flag`, which stands in the next word.
std::string value_from(const Table& table, const Flag& flag, const std::vector<std::string>& words, std::size_t next) {
  const std::string needs = flag.display() + " needs a value (" + flag.placeholder + ")";
  if (next == words.size()) throw UsageError(needs);
  const std::string& value = words[next];
  // What looks like another flag of this tool rather is one: `-o --json` is a slip.
  if (value == "--" || table.find(value.substr(0, value.find('='))) != nullptr) {
    throw UsageError(needs + " before " + value + "; if " + value + " is the value, write " + flag.display() + "=" +
                     value);
  }
  return value;
}

/// Splits `--name=value` of known flags in two, as CLI11 would take the next word for an empty value, and refuses what
/// it would accept in silence: a value for a switch, and another flag in the place of a value.
std::vector<std::string> separate_values(const Table& table, const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") {
      out.insert(out.end(), words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
      break;
    }
    const std::size_t equals = word.rfind("--", 0) == 0 ? word.find('=') : std::string::npos;
    const Flag* flag = table.find(word.substr(0, equals));
    out.push_back(flag != nullptr ? word.substr(0, equals) : word);
    if (flag == nullptr) continue;
    if (equals != std::string::npos) {
      if (!flag->takes_value()) throw UsageError(flag->display() + " takes no value");
      out.push_back(word.substr(equals + 1));
    } else if (flag->takes_value()) {
      out.push_back(value_from(table, *flag, words, ++i));
    }
  }
  return out;
}

[[noreturn]] void refuse_extra(const Table& table, const std::string& word) {
  if (word.size() < 2 || word[0] != '-') throw UsageError("unexpected argument " + shell_quote(word));
  std::vector<std::string> known;
  for (const Flag& flag : table.flags) {
    if (!flag.hidden) known.insert(known.end(), flag.names.begin(), flag.names.end());
  }
  const std::string name = word.substr(0, word.find('='));
  const std::string guess = nearest(name, known);
  throw UsageError("unknown option " + name + (guess.empty() ? "" : "; did you mean " + guess + "?"));
}

using Given = std::map<const Flag*, std::vector<std::string>>;

/// Every value given to every flag, in order. CLI11 finds them; what they mean is decided here.
Given tokenize(const Table& table, std::vector<std::string> words, std::vector<std::string>& extras) {
  CLI::App app;
  app.set_help_flag();  // ours
  app.allow_extras();
  std::map<const Flag*, CLI::Option*> options;
  for (const Flag& flag : table.flags) {
    const std::string names = flag.positional() ? "positional" + std::to_string(options.size()) : join(flag.names, ",");
    options[&flag] = flag.takes_value() ? app.add_option(names) : app.add_flag(names);
    if (flag.takes_value()) options[&flag]->expected(1);
    options[&flag]->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);  // so that we say what is given twice
  }
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    app.parse(words);
  } catch (const CLI::ParseError& e) {
    throw UsageError(e.what());
  }
  extras = app.remaining();
  extras.erase(std::remove(extras.begin(), extras.end(), "--"), extras.end());
  Given given;
  for (const auto& [flag, option] : options) {
    if (option->count() > 0) given[flag] = option->results();
  }
  return given;
}

void check_combinations(const Table& table, const Given& given) {
  const auto is_given = [&](const std::string& name) { return given.count(table.find(name)) > 0; };
  for (const Flag& flag : table.flags) {
    if (flag.required && given.count(&flag) == 0) {
      const std::string words = join_words(flag.choices(), "or");
      const std::string missing = (flag.positional() ? "the argument " + flag.placeholder + " is missing"
                                                     : flag.display() + " " + flag.placeholder + " is missing") +
                                  (words.empty() ? "" : ": " + words);
      const bool shown = flag.positional() && !words.empty() && !table.examples.empty();
      throw UsageError(missing + (shown ? "; for example: " + table.examples.front().command : ""));
    }
  }
  const auto require = [](bool fine, const Pair& pair, const char* between, const char* after) {
    if (!fine) throw UsageError(pair.first + between + pair.second + after);
  };
  for (const Pair& pair : table.exclusions)
    require(!is_given(pair.first) || !is_given(pair.second), pair, " and ", " cannot be given together");
  for (const Pair& pair : table.needs) require(!is_given(pair.first) || is_given(pair.second), pair, " needs ", "");
}

}  // namespace

std::string parse(const Table& table, const std::vector<std::string>& words) {
  std::vector<std::string> extras;
  const Given given = tokenize(table, separate_values(table, words), extras);
  for (const Flag& flag : table.flags) {
    if (flag.answers && given.count(&flag) > 0) return flag.display();
  }
  if (!extras.empty()) refuse_extra(table, extras.front());
  for (const Flag& flag : table.flags) {
    const auto values = given.find(&flag);
    if (values == given.end()) continue;
    if (values->second.size() > 1 && flag.takes_value() && !flag.repeats)
      throw UsageError(flag.display() + " is given twice");
    for (const std::string& value : values->second) {
      try {
        flag.set(value);
      } catch (const UsageError& e) {
        throw UsageError(flag.display() + " " + e.what());
      }
    }
  }
  check_combinations(table, given);
  return "";
}

}  // namespace instar::cli
