#include "math/decode.hpp"

namespace instar::math {

Vector column_means(core::RowBlocks& x) {
  Vector sums = Vector::Zero(x.cols());
  core::RowBlock block;
  x.rewind();
  while (x.next(block))
    for (std::size_t k = 0; k < block.values.size(); ++k) sums(block.indices[k]) += block.values[k];
  return sums / static_cast<double>(std::max<Index>(1, x.rows()));
}

MatrixF decode(const MatrixView& scores, const MatrixView& loadings, const VectorView& mean) {
  MatrixF result(scores.rows(), loadings.rows());
  constexpr Index kRows = 256;  // a block in double at a time, so that only the result is large
  for (Index first = 0; first < scores.rows(); first += kRows) {
    const Index rows = std::min(kRows, scores.rows() - first);
    const Matrix block = (scores.middleRows(first, rows) * loadings.transpose()).rowwise() + mean.transpose();
    result.middleRows(first, rows) = block.cast<float>();
  }
  return result;
}

GeneMoments decoded_moments(const MatrixView& scores, const VectorView& weights, const MatrixView& loadings,
                            const VectorView& mean) {
  const double total = weights.sum();
  const Vector centre = scores.transpose() * weights / total;
  const Matrix moved = scores.rowwise() - centre.transpose();
  const Matrix covariance = moved.transpose() * weights.asDiagonal() * moved / total;
  const Matrix spread = loadings * covariance;
  return {mean + loadings * centre, spread.cwiseProduct(loadings).rowwise().sum().cwiseMax(0.0).cwiseSqrt()};
}

}  // namespace instar::math
