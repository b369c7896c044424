#pragma once

#include <string>

#include "core/record.hpp"

namespace instar::io {

/// Writes a Record (a fitted model) as one file: magic, format version, JSON header, raw little-endian arrays, digest.
/// The same Record gives the same bytes. Written beside the target, synced, renamed. `-` is standard output.
/// @throws DataError where writing fails
void write_record(const std::string& path, const core::Record& record);

/// Whether a file begins as such a file does; false where it cannot be read.
bool is_record(const std::string& path);

/// @throws DataError for what is not such a file, a newer format version, truncation or a wrong digest
core::Record read_record(const std::string& path);

}  // namespace instar::io
