#include "cli/ending.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>

#include "cli/text.hpp"
#include "core/error.hpp"

namespace instar::cli {
namespace {

struct Kind {
  std::vector<std::string_view> endings;  ///< usual one first
  const char* words;                      ///< empty: no tool writes it
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> table = {
      {{".h5ad", ".h5", ".hdf5"}, "an h5ad file"},
      {{".instar"}, "a model"},
      {{".tsv", ".txt", ".tab"}, "a table with tabs between its columns"},
      {{".html", ".htm"}, "a page"},
      {{".svg"}, "a figure"},
      {{".jsonl", ".json", ".ndjson"}, "lines of JSON"},
      {{".csv",  ".xls",  ".xlsx", ".pdf", ".png",     ".jpg", ".jpeg",  ".eps", ".ps",  ".loom",
        ".zarr", ".mtx",  ".npy",  ".npz", ".parquet", ".rds", ".rdata", ".pt",  ".pth", ".pkl",
        ".onnx", ".yaml", ".gz",   ".bz2", ".xz",      ".zip", ".tar",   ".md",  ".py",  ".r"},
       ""}};
  return table;
}

const Kind* kind_of(std::string_view ending) {
  for (const Kind& kind : kinds())
    if (std::find(kind.endings.begin(), kind.endings.end(), ending) != kind.endings.end()) return &kind;
  return nullptr;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string ending_of(const std::string& path) { return lower(std::filesystem::path(path).extension().string()); }

}  // namespace

std::string promised_ending(const std::string& path) {
  const std::string ending = ending_of(path);
  const Kind* kind = kind_of(ending);
  if (kind == nullptr) return "";
  return kind->words[0] == '\0' ? ending : std::string(kind->endings.front());
}

std::vector<std::string> endings_of(const std::string& placeholder) {
  std::vector<std::string> endings;
  for (std::size_t begin = 0; begin < placeholder.size();) {
    const std::size_t end = std::min(placeholder.find('|', begin), placeholder.size());
    const std::string name = placeholder.substr(begin, end - begin);
    if (const auto dot = name.find_last_of('.'); dot != std::string::npos) endings.push_back(name.substr(dot));
    begin = end + 1;
  }
  return endings;
}

void require_ending(const std::string& flag, const std::string& path, const std::vector<std::string>& endings) {
  if (path == "-" || path.starts_with("/dev/") || endings.empty()) return;
  const std::filesystem::path name(path);
  std::error_code unknown;
  if (std::filesystem::is_directory(name, unknown) || path.ends_with('/'))
    throw UsageError(flag + " " + shell_quote(path) + " is a folder; name the file to write, as in " +
                     shell_quote((name / ("out" + endings.front())).string()));
  const std::string ending = ending_of(path);
  const Kind* promised = kind_of(ending);
  if (promised == nullptr) return;
  std::vector<std::string> written, names;
  for (const std::string& wanted : endings) {
    const Kind* kind = kind_of(wanted);
    if (kind == promised) return;
    if (kind != nullptr) written.push_back(kind->words);
    const std::filesystem::path stem = std::filesystem::path(name).replace_extension();
    names.push_back(shell_quote(stem.string() + (stem.extension() == wanted ? "" : wanted)));
  }
  throw UsageError(flag + " " + shell_quote(path) + ": what is written is " + join_words(written, "or") + ", not " +
                   ending + "; write " + join_words(names, "or"));
}

}  // namespace instar::cli
