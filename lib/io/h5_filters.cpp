#include "io/h5_filters.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <span>

namespace instar::io::h5 {
namespace {

// Numbers as The HDF Group registers them.
struct Known {
  H5Z_filter_t number;
  const char* name;
  std::optional<Codec> codec;
  const char* package;  // of Debian 12, for those that are not ours
};
constexpr Known kKnown[] = {{H5Z_FILTER_DEFLATE, "gzip", Codec::deflate, ""},
                            {H5Z_FILTER_SZIP, "szip", std::nullopt, ""},
                            {307, "bzip2", std::nullopt, "hdf5-filter-plugin"},
                            {32000, "lzf", Codec::lzf, ""},
                            {32001, "blosc", Codec::blosc, ""},
                            {32004, "lz4", Codec::lz4, ""},
                            {32008, "bitshuffle", Codec::bitshuffle, ""},
                            {32013, "zfp", std::nullopt, "hdf5-filter-plugin-zfp-serial"},
                            {32015, "zstd", Codec::zstd, ""},
                            {32026, "blosc2", std::nullopt, ""}};

const Known* known(H5Z_filter_t number) {
  const auto* const end = std::end(kKnown);
  const auto* const found =
      std::find_if(std::begin(kKnown), end, [&](const Known& filter) { return filter.number == number; });
  return found == end ? nullptr : found;
}

// Elements of variable length are larger in the file than in memory, and a checksum may follow the data.
constexpr std::size_t kLargerInFile = 4;
constexpr std::size_t kSlack = 64;

// Set by ChunkBound; the library is used by one thread at a time.
std::size_t g_bound = 0;

// Filters that we registered so that the library accepts them, and cannot apply.
std::set<H5Z_filter_t> g_stand_ins;

std::size_t cannot_filter(unsigned, std::size_t, const unsigned[], std::size_t, std::size_t*, void**) { return 0; }

// Called by the library for each chunk.
template <Codec codec>
std::size_t filter_chunk(unsigned flags, std::size_t count, const unsigned values[], std::size_t size,
                         std::size_t* buffer_size, void** buffer) {
  // Writing: leave the chunk as it is. Writers mark these filters as optional, so the library notes it was skipped.
  if ((flags & H5Z_FLAG_REVERSE) == 0) return 0;
  const std::span<const unsigned> parameters(values, count);
  const std::span<const std::byte> in(static_cast<const std::byte*>(*buffer), size);
  const auto bytes = expand_up_to(codec, parameters, in, g_bound);
  if (!bytes || bytes->empty()) return 0;
  void* expanded = H5allocate_memory(bytes->size(), false);
  if (expanded == nullptr) return 0;
  std::memcpy(expanded, bytes->data(), bytes->size());
  H5free_memory(*buffer);
  *buffer = expanded;
  *buffer_size = bytes->size();
  return bytes->size();
}

template <Codec codec>
void register_codec(H5Z_filter_t number) {
  if (H5Zfilter_avail(number) > 0) return;
  const H5Z_class2_t filter = {H5Z_CLASS_T_VERS,    number,  1,       1,
                               known(number)->name, nullptr, nullptr, filter_chunk<codec>};
  H5Zregister(&filter);
}

}  // namespace

std::vector<Filter> filters_of(const Id& properties) {
  constexpr std::size_t kMostParameters = 64;
  std::vector<Filter> filters;
  for (int i = 0; i < H5Pget_nfilters(properties.get()); ++i) {
    unsigned flags = 0;
    unsigned config = 0;
    std::vector<unsigned> values(kMostParameters);
    std::size_t count = values.size();
    const H5Z_filter_t number =
        H5Pget_filter2(properties.get(), static_cast<unsigned>(i), &flags, &count, values.data(), 0, nullptr, &config);
    values.resize(std::min(count, kMostParameters));
    if (number >= 0) filters.push_back({number, std::move(values)});
  }
  return filters;
}

std::optional<Codec> codec_of(H5Z_filter_t filter) {
  const Known* found = known(filter);
  return found == nullptr ? std::nullopt : found->codec;
}

bool is_usual(H5Z_filter_t filter) { return filter <= H5Z_FILTER_SCALEOFFSET || codec_of(filter) == Codec::lzf; }

bool is_available(H5Z_filter_t filter) { return g_stand_ins.count(filter) == 0 && H5Zfilter_avail(filter) > 0; }

void accept_all(const std::vector<Filter>& filters) {
  for (const Filter& filter : filters) {
    if (H5Zfilter_avail(filter.number) > 0) continue;
    const H5Z_class2_t stand_in = {H5Z_CLASS_T_VERS, filter.number, 1, 1, "stand-in", nullptr, nullptr, cannot_filter};
    if (H5Zregister(&stand_in) >= 0) g_stand_ins.insert(filter.number);
  }
  H5Eclear2(H5E_DEFAULT);
}

std::optional<MissingFilter> missing_filter(const Id& dataset) {
  const Id properties(H5Dget_create_plist(dataset.get()));
  std::optional<MissingFilter> missing;
  for (const Filter& filter : filters_of(properties)) {
    if (is_available(filter.number)) continue;
    const Known* found = known(filter.number);
    const std::string package = found == nullptr ? "" : found->package;
    missing = {
        std::to_string(filter.number) + (found == nullptr ? "" : " (" + std::string(found->name) + ")"),
        (package.empty() ? "install its plugin and set HDF5_PLUGIN_PATH"
                         : "install the Debian package " + package + " (or its plugin, and set HDF5_PLUGIN_PATH)") +
            std::string(", or where the file was made: adata.write_h5ad(path, compression='gzip')")};
    break;
  }
  H5Eclear2(H5E_DEFAULT);
  return missing;
}

void register_filters() {
  register_codec<Codec::lzf>(32000);
  register_codec<Codec::blosc>(32001);
  register_codec<Codec::lz4>(32004);
  register_codec<Codec::bitshuffle>(32008);
  register_codec<Codec::zstd>(32015);
}

ChunkBound::ChunkBound(const Id& dataset) : before_(g_bound) {
  const Id properties(H5Dget_create_plist(dataset.get()));
  g_bound =
      H5Pget_layout(properties.get()) == H5D_CHUNKED ? kLargerInFile * chunk_bytes(dataset, properties) + kSlack : 0;
}

ChunkBound::~ChunkBound() { g_bound = before_; }

}  // namespace instar::io::h5
