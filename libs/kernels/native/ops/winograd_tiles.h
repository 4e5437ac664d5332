#pragma once

#include "winograd_transforms.h"

#include <ATen/Parallel.h>

#include <algorithm>

/** How Winograd's convolution divides images into tiles, channels into pieces and its work into blocks. */
namespace coatrack::winograd {

constexpr int64_t allPoints = points * points;
/** Maximum floats of transformed tiles in a block: with a piece of the filter they fill most of 1 MiB. */
constexpr int64_t blockFloats = 180 << 10;
/** Padding that keeps a tile's 36 points, which are in use at once, out of the same cache set. */
constexpr int64_t apart = lanes;

inline int64_t ceilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }

/** Images [batch, height, width, channels] and the positions of a convolution's output tiles on them. */
struct Geometry {
  int64_t batch, height, width, channels, outHeight, outWidth, outChannels, top, left;

  int64_t tilesDown() const { return ceilDivide(outHeight, outputs); }
  int64_t tilesAcross() const { return ceilDivide(outWidth, outputs); }
  int64_t tiles() const { return batch * tilesDown() * tilesAcross(); }
};

/** Addresses of one tile's values by row and column; outside the image, of zeros. */
template <int64_t side>
struct Window {
  const float* at[side][side];
};

template <int64_t side>
Window<side> windowOf(const float* images, int64_t n, int64_t top, int64_t left, int64_t height, int64_t width, int64_t channels, const float* zeros) {
  Window<side> window;
  for (int64_t r = 0; r < side; ++r) {
    const int64_t row = top + r;
    const bool inRow = row >= 0 && row < height;
    const float* line = images + ((n * height + row) * width + left) * channels;
    for (int64_t c = 0; c < side; ++c) {
      window.at[r][c] = inRow && left + c >= 0 && left + c < width ? line + c * channels : zeros;
    }
  }
  return window;
}

/** Output channels are processed in pieces of two vectors; the last piece has the remaining one to three. */
struct Pieces {
  explicit Pieces(int64_t channels) : vectors(ceilDivide(channels, lanes)), count(std::max<int64_t>(1, vectors / 2)) {}
  int64_t first(int64_t piece) const { return piece * 2 * lanes; }
  int64_t width(int64_t piece) const { return piece + 1 < count ? 2 * lanes : vectors * lanes - first(piece); }

  int64_t vectors, count;
  static constexpr int64_t widest = 3 * lanes;
};

/** How tiles are grouped, so that a block's transformed inputs and one piece of its products fit in the cache. */
struct Blocks {
  Blocks(const Geometry& g, int64_t inRow) {
    // The matrix products are fastest for multiples of 8 and 12.
    const int64_t fitting = std::min<int64_t>(blockFloats / (allPoints * (inRow + 2 * lanes)), 96);
    tiles = fitting >= 24 ? fitting / 24 * 24 : std::max<int64_t>(fitting / 8 * 8, 8);
    tiles = std::min(tiles, ceilDivide(ceilDivide(g.tiles(), at::get_num_threads()), 8) * 8);
    count = ceilDivide(g.tiles(), tiles);
    inPoint = tiles * inRow + apart;
    outPoint = tiles * Pieces::widest + apart;
  }
  int64_t floats() const { return allPoints * (inPoint + outPoint); }

  int64_t tiles, count, inPoint, outPoint;
};

/** body(tile of the block, image, row and column of its first output) */
template <typename Body>
void eachTile(const Geometry& g, int64_t first, int64_t last, Body body) {
  const int64_t across = g.tilesAcross(), perImage = g.tilesDown() * across;
  for (int64_t t = first; t < last; ++t) {
    const int64_t place = t % perImage;
    body(t - first, t / perImage, place / across * outputs, place % across * outputs);
  }
}

}  // namespace coatrack::winograd
