#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace instar::io {

/// Expands LZF data (the format of Marc Lehmann's liblzf, which h5py's `compression="lzf"` writes).
/// @param most bytes that the result may have
/// @returns nothing where the data are not LZF, or more than `most`
std::optional<std::vector<std::uint8_t>> expand_lzf(const std::uint8_t* data, std::size_t size, std::size_t most);

}  // namespace instar::io
