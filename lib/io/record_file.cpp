#include "io/record_file.hpp"

#include <bit>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/fingerprint.hpp"
#include "core/time_label.hpp"
#include "io/output.hpp"
#include "io/recognise.hpp"

// Layout, all integers little-endian:
//   8 bytes   "instar\r\n"   (a transfer as text would change the line end)
//   4 bytes   format version
//   8 bytes   length of the header
//   header    JSON: {"facts": {name: [kind, value]}, "tensors": [{"name", "type", "shape"}]}
//   arrays    float32 or float64, one after the other in the header's order
//   8 bytes   FNV-1a digest of all before
namespace instar::io {
namespace {

using nlohmann::json;

constexpr std::string_view kMagic = "instar\r\n";
constexpr std::uint32_t kFormatVersion = 1;
constexpr std::size_t kPreamble = kMagic.size() + 4 + 8;
constexpr std::size_t kDigestBytes = 8;
constexpr int kDeepestHeader = 8;

static_assert(std::endian::native == std::endian::little, "arrays are written as they are in memory");

template <class T>
void append_bytes(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T take_bytes(std::string_view from) {
  T value;
  std::memcpy(&value, from.data(), sizeof value);
  return value;
}

// JSON has no NaN and may lose digits: numbers are their shortest exact text.
std::string number_text(double value) { return core::format_number(value); }

double text_number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) throw DataError("bad number '" + text + "'");
  return value;
}

json to_json(const core::Value& value) {
  return std::visit(
      [](const auto& v) -> json {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool>) return json::array({"flag", v});
        if constexpr (std::is_same_v<T, std::int64_t>) return json::array({"integer", v});
        if constexpr (std::is_same_v<T, double>) return json::array({"number", number_text(v)});
        if constexpr (std::is_same_v<T, std::string>) return json::array({"text", v});
        if constexpr (std::is_same_v<T, std::vector<double>>) {
          json numbers = json::array();
          for (double x : v) numbers.push_back(number_text(x));
          return json::array({"numbers", numbers});
        }
        if constexpr (std::is_same_v<T, std::vector<std::string>>) return json::array({"texts", v});
      },
      value);
}

core::Value from_json(const json& tagged) {
  const auto kind = tagged.at(0).get<std::string>();
  const json& value = tagged.at(1);
  if (kind == "flag") return value.get<bool>();
  if (kind == "integer") return value.get<std::int64_t>();
  if (kind == "number") return text_number(value.get<std::string>());
  if (kind == "text") return value.get<std::string>();
  if (kind == "texts") return value.get<std::vector<std::string>>();
  if (kind != "numbers") throw DataError("unknown kind of fact '" + kind + "'");
  std::vector<double> numbers;
  for (const auto& text : value) numbers.push_back(text_number(text.get<std::string>()));
  return numbers;
}

std::string header_text(const core::Record& record) {
  json header;
  header["facts"] = json::object();
  for (const auto& [name, value] : record.facts) header["facts"][name] = to_json(value);
  header["tensors"] = json::array();
  for (const auto& [name, tensor] : record.tensors)
    header["tensors"].push_back(
        {{"name", name}, {"shape", tensor.shape}, {"type", tensor.data.index() == 0 ? "float32" : "float64"}});
  return header.dump(1, ' ', false, json::error_handler_t::replace);
}

std::string read_whole(const std::string& path, const std::string& name) {
  if (std::filesystem::is_directory(path))
    throw DataError({name}, "expected an instar model, found a folder", "name the file in it that instar-fit wrote");
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) fail_to_open(name, errno);
  const auto size = file.tellg();
  if (size < 0) throw DataError({name}, "expected an instar model, found no file of fixed length");
  std::string bytes(static_cast<std::size_t>(size), '\0');
  file.seekg(0);
  if (!file.read(bytes.data(), size)) throw DataError({name}, "cannot be read to its end");
  return bytes;
}

void check_frame(const std::string& bytes, const std::string& name) {
  const std::string_view all(bytes);
  if (all.substr(0, kMagic.size()) != kMagic) {
    const bool hdf5 = all.substr(0, 4) == "\x89HDF";
    throw DataError(
        {name},
        hdf5 ? "expected an instar model, found an HDF5 file" : "expected an instar model, found another kind of file",
        hdf5 ? "is it the h5ad file? models come first" : "models are written by instar-fit");
  }
  if (all.size() < kPreamble + kDigestBytes)
    throw DataError({name}, "the model is truncated: only " + std::to_string(all.size()) + " bytes",
                    "copy or fit it again");
  const auto version = take_bytes<std::uint32_t>(all.substr(kMagic.size()));
  if (version > kFormatVersion)
    throw DataError(
        {name},
        "expected model format " + std::to_string(kFormatVersion) + " or older, found " + std::to_string(version),
        "use a newer instar");
  core::Fingerprint digest;
  digest.add(all.substr(0, all.size() - kDigestBytes));
  if (digest.value() != take_bytes<std::uint64_t>(all.substr(all.size() - kDigestBytes)))
    throw DataError({name}, "the model is truncated or damaged: its digest does not match", "copy or fit it again");
}

template <class T>
std::vector<T> take_array(std::string_view& rest, std::size_t count) {
  // By division: count comes from the file and may be anything.
  if (rest.size() / sizeof(T) < count) throw DataError("an array is longer than the file");
  std::vector<T> values(count);
  if (count > 0) std::memcpy(values.data(), rest.data(), count * sizeof(T));
  rest.remove_prefix(count * sizeof(T));
  return values;
}

std::size_t element_count(const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (std::int64_t size : shape)
    if (size < 0 || __builtin_mul_overflow(count, static_cast<std::size_t>(size), &count))
      throw DataError("an array has an impossible shape");
  return count;
}

// A header nested beyond what we write would exhaust the parser's stack.
json parse_header(std::string_view text) {
  return json::parse(text, [](int depth, json::parse_event_t, json&) {
    if (depth > kDeepestHeader) throw DataError("its header is nested too deeply");
    return true;
  });
}

core::Record parse(const std::string& bytes) {
  std::string_view rest = std::string_view(bytes).substr(kMagic.size() + 4);
  rest.remove_suffix(kDigestBytes);
  const auto length = take_bytes<std::uint64_t>(rest);
  rest.remove_prefix(8);
  if (length > rest.size()) throw DataError("its header is longer than the file");
  const json header = parse_header(rest.substr(0, length));
  rest.remove_prefix(length);
  core::Record record;
  for (const auto& [name, value] : header.at("facts").items()) record.facts[name] = from_json(value);
  for (const auto& entry : header.at("tensors")) {
    core::Tensor tensor;
    tensor.shape = entry.at("shape").get<std::vector<std::int64_t>>();
    const std::size_t count = element_count(tensor.shape);
    const auto type = entry.at("type").get<std::string>();
    if (type == "float32")
      tensor.data = take_array<float>(rest, count);
    else if (type == "float64")
      tensor.data = take_array<double>(rest, count);
    else
      throw DataError("an array has the unknown type '" + type + "'");
    record.tensors[entry.at("name").get<std::string>()] = std::move(tensor);
  }
  if (!rest.empty()) throw DataError("bytes are left after its last array");
  return record;
}

}  // namespace

void write_record(const std::string& path, const core::Record& record) {
  AtomicOutput output(path);
  core::Fingerprint digest;
  const auto put = [&](std::string_view bytes) {
    digest.add(bytes);
    output.write(bytes);
  };
  const std::string header = header_text(record);
  std::string preamble(kMagic);
  append_bytes(preamble, kFormatVersion);
  append_bytes(preamble, static_cast<std::uint64_t>(header.size()));
  put(preamble);
  put(header);
  for (const auto& named : record.tensors) {
    const std::string& name = named.first;
    const core::Tensor& tensor = named.second;
    const std::size_t expected = element_count(tensor.shape);
    std::visit(
        [&](const auto& values) {
          if (values.size() != expected)
            throw DataError("the array '" + name + "' has " + std::to_string(values.size()) +
                            " values, its shape wants " + std::to_string(expected));
          put({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0])});
        },
        tensor.data);
  }
  std::string tail;
  append_bytes(tail, digest.value());
  output.write(tail);
  output.commit();
}

bool is_record(const std::string& path) {
  std::string start(kMagic.size(), ' ');
  std::ifstream file(path, std::ios::binary);
  return file.read(start.data(), static_cast<std::streamsize>(start.size())) && start == kMagic;
}

core::Record read_record(const std::string& path) {
  const std::string name = path == "-" ? "standard input" : path;
  const std::string bytes = read_whole(path == "-" ? spool_stdin() : path, name);
  check_frame(bytes, name);
  try {
    return parse(bytes);
  } catch (const json::exception&) {
    throw DataError({name}, "the model cannot be understood: its header is damaged", "copy or fit it again");
  } catch (const DataError& error) {
    throw DataError({name}, std::string("the model cannot be understood: ") + error.what(), "copy or fit it again");
  }
}

}  // namespace instar::io
