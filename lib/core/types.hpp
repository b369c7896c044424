#pragma once

#include <Eigen/Core>
#include <cstdint>

namespace instar {

/// Every count and position. Signed, 64-bit, as Eigen's own.
using Index = Eigen::Index;

/// Matrices are cells x features (row-major), always. Double for statistics and metrics, float for training.
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixF = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;
using VectorF = Eigen::VectorXf;

/// Read-only views of the above, so that callers may pass blocks of rows without a copy.
using MatrixView = Eigen::Ref<const Matrix, 0, Eigen::OuterStride<>>;
using MatrixViewF = Eigen::Ref<const MatrixF, 0, Eigen::OuterStride<>>;
using VectorView = Eigen::Ref<const Vector>;

}  // namespace instar
