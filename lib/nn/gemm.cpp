#include "nn/gemm.hpp"

#ifdef INSTAR_HAVE_DNNL
#include <dnnl.h>
#include <omp.h>
#endif

#include "core/error.hpp"

namespace instar::nn {

#ifdef INSTAR_HAVE_DNNL

// OpenMP keeps this number per thread, so other threads are not affected.
SingleThread::SingleThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
SingleThread::~SingleThread() { omp_set_num_threads(before_); }

void gemm(Use use_a, Use use_b, Index m, Index n, Index k, const float* a, Index lda, const float* b, Index ldb,
          float beta, float* c, Index ldc) {
  const auto letter = [](Use use) { return use == Use::kPlain ? 'N' : 'T'; };
  const dnnl_status_t status = dnnl_sgemm(letter(use_a), letter(use_b), m, n, k, 1.0F, a, lda, b, ldb, beta, c, ldc);
  if (status != dnnl_success) {
    throw NumericError("matrix product", "oneDNN failed with status " + std::to_string(status));
  }
}

namespace {

std::string isa_name(dnnl_cpu_isa_t isa) {
  switch (isa) {
    case dnnl_cpu_isa_sse41:
      return "SSE4.1";
    case dnnl_cpu_isa_avx:
      return "AVX";
    case dnnl_cpu_isa_avx2:
      return "AVX2";
    default:
      return isa > dnnl_cpu_isa_avx2 ? "AVX-512" : "generic";
  }
}

}  // namespace

std::string gemm_description() {
  const dnnl_version_t* version = dnnl_version();
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch) + ", " + isa_name(dnnl_get_effective_cpu_isa());
}

#else

// Eigen is built without OpenMP here: there is nothing to keep single.
SingleThread::SingleThread() : before_(1) {}
SingleThread::~SingleThread() { static_cast<void>(before_); }

void gemm(Use use_a, Use use_b, Index m, Index n, Index k, const float* a, Index lda, const float* b, Index ldb,
          float beta, float* c, Index ldc) {
  using Stride = Eigen::OuterStride<>;
  using In = Eigen::Map<const MatrixF, 0, Stride>;
  const bool plain_a = use_a == Use::kPlain;
  const bool plain_b = use_b == Use::kPlain;
  const In left(a, plain_a ? m : k, plain_a ? k : m, Stride(lda));
  const In right(b, plain_b ? k : n, plain_b ? n : k, Stride(ldb));
  Eigen::Map<MatrixF, 0, Stride> out(c, m, n, Stride(ldc));
  if (beta == 0) {
    out.setZero();
  } else if (beta != 1) {
    out *= beta;
  }
  if (plain_a && plain_b) out.noalias() += left * right;
  if (plain_a && !plain_b) out.noalias() += left * right.transpose();
  if (!plain_a && plain_b) out.noalias() += left.transpose() * right;
  if (!plain_a && !plain_b) out.noalias() += left.transpose() * right.transpose();
}

std::string gemm_description() {
  return "Eigen " + std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
         std::to_string(EIGEN_MINOR_VERSION);
}

#endif

}  // namespace instar::nn
