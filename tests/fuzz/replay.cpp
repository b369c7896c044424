// The main of a fuzz target without a fuzzer: runs it once over every file of the folders named, and over what .edits
// files make of seeds (see regressions/h5ad.edits): with -o FOLDER it writes those there instead.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "fuzz/target.hpp"

namespace {

namespace fs = std::filesystem;

struct Input {
  std::string name;
  std::vector<char> bytes;
};

std::vector<char> contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

[[noreturn]] void give_up(const std::string& why) {
  std::cerr << why << '\n';
  std::exit(1);
}

/// The inputs of FOLDER/regressions/TARGET.edits, made of seeds in FOLDER/corpus/TARGET.
std::vector<Input> edited(const fs::path& path) {
  std::vector<Input> inputs;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string name;
    std::string seed;
    std::size_t size = 0;
    words >> name >> seed >> size;
    auto bytes = contents(path.parent_path().parent_path() / "corpus" / path.stem() / seed);
    if (bytes.size() != size || size == 0) give_up(path.string() + ": the seed of " + name + " is not what it was");
    for (std::string edit; words >> edit;) {
      const auto equals = edit.find('=');
      const std::size_t offset = std::stoul(edit.substr(0, equals));
      bytes.at(offset) = static_cast<char>(std::stoi(edit.substr(equals + 1), nullptr, 16));
    }
    inputs.push_back({name, std::move(bytes)});
  }
  return inputs;
}

std::vector<Input> inputs_of(const fs::path& path) {
  if (path.extension() == ".edits") return edited(path);
  std::vector<Input> inputs;
  for (const auto& entry : fs::directory_iterator(path))
    if (entry.is_regular_file()) inputs.push_back({entry.path().filename().string(), contents(entry.path())});
  std::sort(inputs.begin(), inputs.end(), [](const Input& a, const Input& b) { return a.name < b.name; });
  return inputs;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  if (argc == 4 && std::string(argv[1]) == "-o") {
    for (const auto& input : edited(argv[3]))
      std::ofstream(fs::path(argv[2]) / input.name, std::ios::binary)
          .write(input.bytes.data(), static_cast<std::streamsize>(input.bytes.size()));
    return 0;
  }
  for (int i = 1; i < argc; ++i) {
    for (const auto& input : inputs_of(argv[i])) {
      std::cout << input.name << std::endl;  // flushed, so that a crash is the last one named
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.bytes.data()), input.bytes.size());
      ++count;
    }
  }
  std::cout << count << " inputs\n";
  return count == 0 ? 1 : 0;
}
