#pragma once

#include "vector.h"

/** Matrix products that are small enough to stay in cache, for use within one thread's piece of work. */
namespace coatrack {

/** A strided matrix: element (i, k) is data[i · row + k · column]. */
struct Strided {
  const float* data;
  int64_t row;
  int64_t column;
};

template <bool adding, int rows, int vectors>
inline void tile(const Strided& a, int64_t inner, const float* b, int64_t bRow, float* c, int64_t cRow) {
  Vector sums[rows][vectors] = {};
  if constexpr (adding) {
    for (int i = 0; i < rows; ++i) {
      for (int v = 0; v < vectors; ++v) sums[i][v] = load(c + i * cRow + v * lanes);
    }
  }
  for (int64_t k = 0; k < inner; ++k) {
    Vector right[vectors];
    for (int v = 0; v < vectors; ++v) right[v] = load(b + k * bRow + v * lanes);
    for (int i = 0; i < rows; ++i) {
      const float left = a.data[i * a.row + k * a.column];
      for (int v = 0; v < vectors; ++v) sums[i][v] += left * right[v];
    }
  }
  for (int i = 0; i < rows; ++i) {
    for (int v = 0; v < vectors; ++v) store(c + i * cRow + v * lanes, sums[i][v]);
  }
}

template <bool adding, int vectors>
inline void columnsOfTiles(int64_t rows, const Strided& a, int64_t inner, const float* b, int64_t bRow, float* c, int64_t cRow) {
  int64_t i = 0;
  const auto from = [&](int64_t first) { return Strided{a.data + first * a.row, a.row, a.column}; };
  // Twelve rows of two vectors and a right-hand row fill 26 of AVX-512's registers; of three vectors, eight rows do.
  if constexpr (vectors == 2) {
    for (; i + 12 <= rows; i += 12) tile<adding, 12, vectors>(from(i), inner, b, bRow, c + i * cRow, cRow);
  }
  for (; i + 8 <= rows; i += 8) tile<adding, 8, vectors>(from(i), inner, b, bRow, c + i * cRow, cRow);
  for (; i + 4 <= rows; i += 4) tile<adding, 4, vectors>(from(i), inner, b, bRow, c + i * cRow, cRow);
  for (; i < rows; ++i) tile<adding, 1, vectors>(from(i), inner, b, bRow, c + i * cRow, cRow);
}

/**
 * Computes c = a · b, or c += a · b if adding. a is [rows, inner]; b [inner, columns] and c [rows, columns] are row-major.
 * @param columns a multiple of 16; rows of b and c are at least that long
 */
template <bool adding = false>
inline void multiply(int64_t rows, int64_t columns, int64_t inner, const Strided& a, const float* b, int64_t bRow, float* c, int64_t cRow) {
  int64_t j = 0;
  for (; columns - j > 3 * lanes || columns - j == 2 * lanes; j += 2 * lanes) columnsOfTiles<adding, 2>(rows, a, inner, b + j, bRow, c + j, cRow);
  if (columns - j == 3 * lanes) columnsOfTiles<adding, 3>(rows, a, inner, b + j, bRow, c + j, cRow);
  if (columns - j == lanes) columnsOfTiles<adding, 1>(rows, a, inner, b + j, bRow, c + j, cRow);
}

}  // namespace coatrack
