#pragma once

#include <memory>
#include <string>

#include "core/row_blocks.hpp"
#include "io/h5.hpp"

namespace instar::io {

/// Sinks that write float32 matrices block by block. They throw DataError for rows out of order, missing or too many.
std::unique_ptr<core::RowSink> csr_sink(const h5::Node& parent, const std::string& name, Index rows, Index cols,
                                        bool compressed = true);
std::unique_ptr<core::RowSink> dense_sink(const h5::Node& parent, const std::string& name, Index rows, Index cols);

}  // namespace instar::io
