#pragma once

#include "vector.h"

/**
 * The transforms of Winograd's convolution F(4×4, 3×3): a tile of 4×4 results from 6×6 inputs by 36 products per pair of
 * channels instead of 144. Lavin & Gray, arXiv:1509.09308. Its interpolation points here are 0, ±√½, ±√2 and ∞, whose
 * float32 results are about four times as accurate as those of the paper's 0, ±1, ±2, ∞.
 */
namespace coatrack::winograd {

constexpr int64_t kernel = 3, outputs = 4, points = 6;

constexpr float a = 0.70710678118654752f, b = 1.41421356237309505f;

/** Bᵀ: inputs → points */
struct InputTransform {
  static constexpr int64_t from = points, to = points;
  static inline void apply(const Vector (&d)[from], Vector (&out)[to]) {
    const Vector evenA = d[4] - 2.0f * d[2], oddA = d[3] - 2.0f * d[1];
    const Vector evenB = d[4] - 0.5f * d[2], oddB = d[3] - 0.5f * d[1];
    out[0] = d[0] - 2.5f * d[2] + d[4];
    out[1] = evenA + a * oddA;
    out[2] = evenA - a * oddA;
    out[3] = evenB + b * oddB;
    out[4] = evenB - b * oddB;
    out[5] = d[1] - 2.5f * d[3] + d[5];
  }
};

/** Aᵀ: points → outputs */
struct OutputTransform {
  static constexpr int64_t from = points, to = outputs;
  static inline void apply(const Vector (&m)[from], Vector (&out)[to]) {
    const Vector evenA = m[1] + m[2], oddA = m[1] - m[2];
    const Vector evenB = m[3] + m[4], oddB = m[3] - m[4];
    out[0] = m[0] + evenA + evenB;
    out[1] = a * oddA + b * oddB;
    out[2] = 0.5f * evenA + 2.0f * evenB;
    out[3] = 0.5f * a * oddA + 2.0f * b * oddB + m[5];
  }
};

/** A: gradients of outputs → points */
struct OutputGradientTransform {
  static constexpr int64_t from = outputs, to = points;
  static inline void apply(const Vector (&y)[from], Vector (&out)[to]) {
    const Vector evenA = y[0] + 0.5f * y[2], oddA = y[1] + 0.5f * y[3];
    const Vector evenB = y[0] + 2.0f * y[2], oddB = y[1] + 2.0f * y[3];
    out[0] = y[0];
    out[1] = evenA + a * oddA;
    out[2] = evenA - a * oddA;
    out[3] = evenB + b * oddB;
    out[4] = evenB - b * oddB;
    out[5] = y[3];
  }
};

/** G: taps of the filter → points */
struct FilterTransform {
  static constexpr int64_t from = kernel, to = points;
  static inline void apply(const Vector (&g)[from], Vector (&out)[to]) {
    const Vector evenA = (-2.0f / 3) * g[0] - (1.0f / 3) * g[2], oddA = (-2.0f / 3 * a) * g[1];
    const Vector evenB = (1.0f / 6) * g[0] + (1.0f / 3) * g[2], oddB = (b / 6) * g[1];
    out[0] = g[0];
    out[1] = evenA + oddA;
    out[2] = evenA - oddA;
    out[3] = evenB + oddB;
    out[4] = evenB - oddB;
    out[5] = g[2];
  }
};

/** Gᵀ: points → gradients of the filter's taps */
struct FilterGradientTransform {
  static constexpr int64_t from = points, to = kernel;
  static inline void apply(const Vector (&u)[from], Vector (&out)[to]) {
    const Vector evenA = u[1] + u[2], oddA = u[1] - u[2];
    const Vector evenB = u[3] + u[4], oddB = u[3] - u[4];
    out[0] = u[0] - (2.0f / 3) * evenA + (1.0f / 6) * evenB;
    out[1] = (-2.0f / 3 * a) * oddA + (b / 6) * oddB;
    out[2] = (1.0f / 3) * (evenB - evenA) + u[5];
  }
};

/** Transforms the columns and then the rows of a square: from(row, column) returns a value, to(row, column, value) stores one. */
template <typename Transform, typename From, typename To>
inline void transform(From from, To to) {
  constexpr int64_t n = Transform::from, m = Transform::to;
  Vector half[m][n], line[n], result[m];
#pragma GCC unroll 6
  for (int64_t column = 0; column < n; ++column) {
#pragma GCC unroll 6
    for (int64_t row = 0; row < n; ++row) line[row] = from(row, column);
    Transform::apply(line, result);
#pragma GCC unroll 6
    for (int64_t row = 0; row < m; ++row) half[row][column] = result[row];
  }
#pragma GCC unroll 6
  for (int64_t row = 0; row < m; ++row) {
    Transform::apply(half[row], result);
#pragma GCC unroll 6
    for (int64_t column = 0; column < m; ++column) to(row, column, result[column]);
  }
}

}  // namespace coatrack::winograd
