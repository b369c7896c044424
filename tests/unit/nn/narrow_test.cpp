#include "nn/narrow.hpp"

#include <doctest/doctest.h>
#include <hwy/aligned_allocator.h>
#include <hwy/targets.h>

#include "core/rng.hpp"
#include "nn/elementwise.hpp"

using namespace instar;
using namespace instar::nn;

namespace {

using Floats = hwy::AlignedFreeUniquePtr<float[]>;

Floats normals(Index count, std::uint32_t stream) {
  core::Rng rng(4, stream);
  auto floats = hwy::AllocateAligned<float>(static_cast<std::size_t>(count));
  for (Index i = 0; i < count; ++i) floats[static_cast<std::size_t>(i)] = static_cast<float>(rng.normal());
  return floats;
}

Eigen::Map<const MatrixF> view(const Floats& floats, Index rows, Index cols) { return {floats.get(), rows, cols}; }

}  // namespace

TEST_CASE("the narrow products are those of plain matrices, for every width and on every instruction set") {
  constexpr Index kRows = 37, kStride = 3 * kLane;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    CAPTURE(hwy::TargetName(target));
    for (Index inputs = 1; inputs <= kNarrow + 1; ++inputs) {
      CAPTURE(inputs);
      const auto x = normals(kRows * inputs, 1), weights = normals(inputs * kStride, 2),
                 g = normals(kRows * kStride, 3);
      // Sums of at most 48 products of order 1, each rounded to 6e-8 of its size.
      constexpr float kTolerance = 48 * 6e-7F;
      auto out = normals(kRows * kStride, 4);
      const auto error = [&](const MatrixF& expected) {
        return (view(out, expected.rows(), expected.cols()) - expected).cwiseAbs().maxCoeff();
      };
      narrow_forward(kRows, kStride, inputs, x.get(), weights.get(), out.get());
      CHECK(error(view(x, kRows, inputs) * view(weights, inputs, kStride)) < kTolerance);
      narrow_gradient(kRows, kStride, inputs, g.get(), weights.get(), out.get());
      CHECK(error(view(g, kRows, kStride) * view(weights, inputs, kStride).transpose()) < kTolerance);
      narrow_weights(kRows, kStride, inputs, g.get(), x.get(), out.get());
      CHECK(error(view(x, kRows, inputs).transpose() * view(g, kRows, kStride)) < kTolerance);
    }
  }
  hwy::SetSupportedTargetsForTest(0);
}
