#pragma once

#include <string>

#include "core/types.hpp"

namespace instar::nn {

/// Whether a factor of gemm() is used as stored or transposed.
enum class Use { kPlain, kTransposed };

/// C = op(A) op(B) + beta C in single precision, row-major, the house's one door to a matrix-product library.
/// @param m, n, k op(A) is [m, k], op(B) [k, n], C [m, n]
/// @param lda, ldb, ldc floats from one stored row to the next
/// Runs on the calling thread while a SingleThread is alive there; parallelism lies above, over batch shards.
void gemm(Use use_a, Use use_b, Index m, Index n, Index k, const float* a, Index lda, const float* b, Index ldb,
          float beta, float* c, Index ldc);

/// Keeps the matrix library on the calling thread for as long as it lives. Without it the library would split products
/// over idle cores whenever the caller is not inside a parallel region, and the bytes of a result would depend on that.
class SingleThread {
 public:
  SingleThread();
  ~SingleThread();
  SingleThread(const SingleThread&) = delete;
  SingleThread& operator=(const SingleThread&) = delete;

 private:
  int before_;
};

/// Library, version and instruction set (`oneDNN 2.6.3, AVX-512`).
std::string gemm_description();

}  // namespace instar::nn
