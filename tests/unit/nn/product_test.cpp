#include "nn/product.hpp"

#include <doctest/doctest.h>
#include <hwy/targets.h>

#include "core/rng.hpp"
#include "nn/weights.hpp"

using namespace instar;
using namespace instar::nn;

namespace {

MatrixF normals(Index rows, Index cols, std::uint32_t stream) {
  core::Rng rng(4, stream);
  return MatrixF::NullaryExpr(rows, cols, [&] { return static_cast<float>(rng.normal()); });
}

/// A matrix in rows of `stride` floats, the rest NaN: whoever reads it is found out.
Buffer spread(const MatrixF& matrix, Index stride, float rest) {
  Buffer buffer(matrix.rows() * stride);
  Eigen::Map<MatrixF> all(buffer.get(), matrix.rows(), stride);
  all.setConstant(rest);
  all.leftCols(matrix.cols()) = matrix;
  return buffer;
}

Eigen::Map<const MatrixF> view(const Buffer& buffer, Index rows, Index stride) { return {buffer.get(), rows, stride}; }

/// Sums of k products of order 1, each rounded to 6e-8 of its size, errors of both signs: k eps leaves a wide margin.
float tolerance(Index k) { return static_cast<float>(k) * 6e-7F; }

template <class Check>
void on_every_instruction_set(const Check& check) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    CAPTURE(hwy::TargetName(target));
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
}

}  // namespace

TEST_CASE("packed products are those of plain matrices, for every shape and on every instruction set") {
  on_every_instruction_set([] {
    for (const auto& [rows, k, n] : std::vector<std::array<Index, 3>>{
             {1, 1, 1}, {7, 5, 16}, {8, 33, 17}, {13, 300, 48}, {64, 64, 64}, {3, 513, 31}, {37, 256, 96}}) {
      CAPTURE(rows);
      CAPTURE(k);
      CAPTURE(n);
      const MatrixF a = normals(rows, k, 1), b = normals(k, n, 2);
      const Index stride = layer_stride(n);
      const MatrixF expected = a * b;
      const MatrixF turned = b.transpose();
      for (const bool transposed : {false, true}) {
        CAPTURE(transposed);
        Buffer packed(packed_size(k, n));
        if (transposed) {
          for (Index first = 0; first < n; first += kPanel)
            pack_transposed(std::min(kPanel, n - first), k, turned.data() + first * k, k, packed.get() + first * k);
        } else {
          pack_plain(k / 2, n, b.data(), n, 0, k, packed.get());  // in two parts
          pack_plain(k - k / 2, n, b.data() + k / 2 * n, n, k / 2, k, packed.get());
        }
        const Buffer c = spread(MatrixF::Constant(rows, n, 7), stride, 9);
        multiply(rows, k, n, a.data(), k, packed.get(), c.get(), stride);
        const auto found = view(c, rows, stride);
        CHECK((found.leftCols(n) - expected).cwiseAbs().maxCoeff() < tolerance(k));
        CHECK((found.middleCols(n, round_up(n) - n).array() == 0).all());
        CHECK((found.rightCols(stride - round_up(n)).array() == 9).all());
      }
    }
  });
}

TEST_CASE("products over rows are those of plain matrices, for every shape and on every instruction set") {
  on_every_instruction_set([] {
    for (const auto& [rows, m, n] :
         std::vector<std::array<Index, 3>>{{1, 1, 1}, {5, 9, 16}, {300, 17, 33}, {64, 64, 64}, {513, 3, 48}}) {
      CAPTURE(rows);
      CAPTURE(m);
      CAPTURE(n);
      const MatrixF x = normals(rows, m, 1), y = normals(rows, n, 2);
      const Buffer right = spread(y, round_up(n), 0);
      const Buffer c = spread(MatrixF::Constant(m, n, 7), layer_stride(n), 9);
      multiply_transposed(rows, m, n, x.data(), m, right.get(), round_up(n), c.get(), layer_stride(n));
      const MatrixF expected = x.transpose() * y;
      const auto found = view(c, m, layer_stride(n));
      CHECK((found.leftCols(n) - expected).cwiseAbs().maxCoeff() < tolerance(rows));
      CHECK((found.rightCols(layer_stride(n) - round_up(n)).array() == 9).all());
    }
  });
}

TEST_CASE("a row of a product does not depend on the rows beside it") {
  const MatrixF a = normals(29, 70, 1), b = normals(70, 48, 2);
  Buffer packed(packed_size(70, 48)), whole(29 * 48), alone(29 * 48);
  pack_plain(70, 48, b.data(), 48, 0, 70, packed.get());
  multiply(29, 70, 48, a.data(), 70, packed.get(), whole.get(), 48);
  for (Index i = 0; i < 29; ++i) multiply(1, 70, 48, a.data() + i * 70, 70, packed.get(), alone.get() + i * 48, 48);
  CHECK(view(whole, 29, 48) == view(alone, 29, 48));
}

TEST_CASE("weights taken in piece by piece, in any order, are those taken in at once") {
  for (const MlpShape& shape : {MlpShape{5, 70, 3}, MlpShape{30, 64, 2}, MlpShape{1, 3, 1}}) {
    CAPTURE(shape.width);
    const auto parameters = initial_parameters(shape, 5);
    const Weights once(shape, parameters);
    Weights pieces(shape);
    const auto count = static_cast<Index>(pieces.pieces().size()) - 1;
    CHECK(pieces.pieces().front() == 0);
    CHECK(pieces.pieces().back() == shape.parameters());
    for (Index piece = count - 1; piece >= 0; --piece) {
      // Nothing but the piece may be read.
      std::vector<float> alone(parameters.size(), NAN);
      const auto at = static_cast<std::size_t>(piece);
      std::copy(parameters.begin() + pieces.pieces()[at], parameters.begin() + pieces.pieces()[at + 1],
                alone.begin() + pieces.pieces()[at]);
      pieces.take(piece, alone.data());
    }
    Evaluator evaluator(shape);
    const MatrixF x = normals(9, shape.inputs(), 3);
    const auto evaluate = [&](const Weights& weights) {
      VectorF value(9);
      MatrixF gradient(9, shape.inputs());
      evaluator.evaluate(weights, {{x.data(), 9, x.cols()}, {value.data(), 9}, {gradient.data(), 9, x.cols()}});
      return std::pair(value, gradient);
    };
    CHECK(evaluate(once) == evaluate(pieces));
    CHECK(evaluate(once).first.allFinite());
  }
}
