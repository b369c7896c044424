#pragma once

#include <string>

namespace instar::io {

/// Fingerprint of a whole file, 16 hexadecimal digits: that of its bytes, beyond a mebibyte that of the fingerprints of
/// its mebibytes, which several threads make. @throws DataError where it cannot be read
std::string file_digest(const std::string& path, const std::string& name);

}  // namespace instar::io
