#pragma once

#include "nn/elementwise.hpp"

namespace instar::nn {

/// The products of hidden layers, whose shapes and layouts are the kernel's own: a matrix library packs both factors in
/// every call, here the weights are packed once a step. Every element is one chain of multiply-adds in the order of the
/// summation index, so that its bytes depend neither on how rows are cut into blocks nor on threads. On the calling
/// thread, with the best instruction set of the processor.

/// Columns of B that are packed next to each other: packed B is [panels, k, kPanel].
constexpr Index kPanel = 2 * kLane;

/// Floats of a packed B [k, n]; multiply() wants it aligned.
Index packed_size(Index k, Index n);

/// Packs B^T, given up to kPanel of its rows [rows, k] (columns of B): one panel of B.
void pack_transposed(Index rows, Index k, const float* b, Index ldb, float* panel);

/// Packs `rows` rows of B [k, n], the first of which is B's row `first`.
void pack_plain(Index rows, Index n, const float* b, Index ldb, Index first, Index k, float* packed);

/// C [rows, n] = A [rows, k] B. Columns of C up to the next multiple of kLane are written, too (with zeros).
/// @param c rows of `ldc` floats
void multiply(Index rows, Index k, Index n, const float* a, Index lda, const float* packed, float* c, Index ldc);

/// C [m, n] = X^T Y. Columns of Y and C up to the next multiple of kLane are read and written, too.
/// @param x [rows, m]; @param y [rows, n], aligned, ldy a multiple of kLane
void multiply_transposed(Index rows, Index m, Index n, const float* x, Index ldx, const float* y, Index ldy, float* c,
                         Index ldc);

}  // namespace instar::nn
