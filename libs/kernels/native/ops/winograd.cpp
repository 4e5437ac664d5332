// 3×3 convolutions of stride 1 and their gradients by Winograd's F(4×4, 3×3), in float32 on channels-last images: four
// times fewer multiplications than a direct convolution. Each transform point is a matrix product over blocks of tiles
// whose transformed values stay in the second-level cache.
#include "small_gemm.h"
#include "winograd_tiles.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include <vector>

namespace coatrack::winograd {
namespace {

using at::Tensor;

void transformInputs(const float* x, const Geometry& g, int64_t first, int64_t last, const float* zeros, float* v, int64_t row, int64_t point) {
  eachTile(g, first, last, [&](int64_t t, int64_t n, int64_t oh, int64_t ow) {
    const auto window = windowOf<points>(x, n, oh - g.top, ow - g.left, g.height, g.width, g.channels, zeros);
    eachVector(g.channels, [&](int64_t c, auto count) {
      float* to = v + t * row + c;
      transform<InputTransform>([&](int64_t r, int64_t s) { return load(window.at[r][s] + c, count); },
                                [&](int64_t r, int64_t s, Vector value) { store(to + (r * points + s) * point, value); });
    });
  });
}

/** The filter at all points, by pieces of the output channels: [piece, point, in, channels of the piece]. */
struct Filter {
  const float* taps;
  int64_t tap, row;  // strides; a row's output channels are contiguous
  bool flipped;
};

std::vector<float> transformFilter(const Filter& filter, int64_t in, int64_t out) {
  const Pieces pieces(out);
  std::vector<float> u(allPoints * in * pieces.vectors * lanes);
  at::parallel_for(0, in, std::max<int64_t>(1, (1 << 13) / out), [&](int64_t begin, int64_t end) {
    for (int64_t piece = 0; piece < pieces.count; ++piece) {
      const int64_t width = pieces.width(piece);
      float* to = u.data() + allPoints * in * pieces.first(piece);
      for (int64_t i = begin; i < end; ++i) {
        for (int64_t c = 0; c < width; c += lanes) {
          const int64_t o = pieces.first(piece) + c, count = std::min(lanes, out - o);
          const float* from = filter.taps + i * filter.row + o;
          transform<FilterTransform>(
              [&](int64_t r, int64_t s) {
                const int64_t tap = r * kernel + s;
                return load(from + (filter.flipped ? kernel * kernel - 1 - tap : tap) * filter.tap, count);
              },
              [&](int64_t r, int64_t s, Vector value) { store(to + ((r * points + s) * in + i) * width + c, value); });
        }
      }
    }
  });
  return u;
}

void convolve(const float* x, const Filter& filter, const Geometry& g, float* y) {
  const std::vector<float> u = transformFilter(filter, g.channels, g.outChannels);
  const Pieces pieces(g.outChannels);
  const int64_t inRow = padded(g.channels);
  const Blocks blocks(g, inRow);
  const std::vector<float> zeros(inRow);
  Tensor scratch = at::empty({at::get_num_threads(), blocks.floats()}, at::kFloat);
  at::parallel_for(0, blocks.count, 1, [&](int64_t begin, int64_t end) {
    float* v = scratch.data_ptr<float>() + at::get_thread_num() * blocks.floats();
    float* m = v + allPoints * blocks.inPoint;
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block * blocks.tiles, last = std::min(first + blocks.tiles, g.tiles());
      transformInputs(x, g, first, last, zeros.data(), v, inRow, blocks.inPoint);
      for (int64_t piece = 0; piece < pieces.count; ++piece) {
        const int64_t width = pieces.width(piece), firstChannel = pieces.first(piece);
        const float* right = u.data() + allPoints * g.channels * firstChannel;
        for (int64_t p = 0; p < allPoints; ++p) {
          multiply(last - first, width, g.channels, {v + p * blocks.inPoint, inRow, 1}, right + p * g.channels * width, width, m + p * blocks.outPoint, width);
        }
        eachTile(g, first, last, [&](int64_t t, int64_t n, int64_t oh, int64_t ow) {
          const int64_t rows = std::min(outputs, g.outHeight - oh), columns = std::min(outputs, g.outWidth - ow);
          float* to = y + ((n * g.outHeight + oh) * g.outWidth + ow) * g.outChannels + firstChannel;
          eachVector(std::min(width, g.outChannels - firstChannel), [&](int64_t c, auto count) {
            const float* from = m + t * width + c;
            transform<OutputTransform>([&](int64_t r, int64_t s) { return load(from + (r * points + s) * blocks.outPoint); },
                                       [&](int64_t r, int64_t s, Vector value) {
                                         if (r < rows && s < columns) store(to + (r * g.outWidth + s) * g.outChannels + c, value, count);
                                       });
          });
        });
      }
    }
  });
}

/** dy at all points; rows and columns beyond the image count as zero. */
void transformGradients(const float* dy, const Geometry& g, int64_t first, int64_t last, int64_t firstChannel, int64_t width, const float* zeros, float* m, int64_t point) {
  eachTile(g, first, last, [&](int64_t t, int64_t n, int64_t oh, int64_t ow) {
    const auto window = windowOf<outputs>(dy, n, oh, ow, g.outHeight, g.outWidth, g.outChannels, zeros);
    eachVector(std::min(width, g.outChannels - firstChannel), [&](int64_t c, auto count) {
      float* to = m + t * width + c;
      transform<OutputGradientTransform>([&](int64_t r, int64_t s) { return load(window.at[r][s] + firstChannel + c, count); },
                                         [&](int64_t r, int64_t s, Vector value) { store(to + (r * points + s) * point, value); });
    });
  });
}

/** @param dfilter [out, 3, 3, in] */
void filterGradient(const float* x, const float* dy, const Geometry& g, float* dfilter) {
  const Pieces pieces(g.outChannels);
  const int64_t inRow = padded(g.channels), outRows = pieces.vectors * lanes;
  const Blocks blocks(g, inRow);
  const std::vector<float> zeros(std::max(inRow, outRows));
  const int64_t threads = std::min<int64_t>(at::get_num_threads(), blocks.count);
  const int64_t sumsPoint = outRows * inRow + apart;
  Tensor scratch = at::empty({threads, blocks.floats()}, at::kFloat), sums = at::empty({threads, allPoints * sumsPoint}, at::kFloat);
  at::parallel_for(0, threads, 1, [&](int64_t firstThread, int64_t lastThread) {
    for (int64_t thread = firstThread; thread < lastThread; ++thread) {
      float* v = scratch.data_ptr<float>() + thread * blocks.floats();
      float* m = v + allPoints * blocks.inPoint;
      float* sum = sums.data_ptr<float>() + thread * allPoints * sumsPoint;
      const int64_t begin = blocks.count * thread / threads, end = blocks.count * (thread + 1) / threads;
      for (int64_t block = begin; block < end; ++block) {
        const int64_t first = block * blocks.tiles, last = std::min(first + blocks.tiles, g.tiles());
        transformInputs(x, g, first, last, zeros.data(), v, inRow, blocks.inPoint);
        for (int64_t piece = 0; piece < pieces.count; ++piece) {
          const int64_t width = pieces.width(piece), firstChannel = pieces.first(piece);
          transformGradients(dy, g, first, last, firstChannel, width, zeros.data(), m, blocks.outPoint);
          for (int64_t p = 0; p < allPoints; ++p) {
            float* to = sum + p * sumsPoint + firstChannel * inRow;
            const Strided left{m + p * blocks.outPoint, 1, width};
            if (block == begin) multiply(width, inRow, last - first, left, v + p * blocks.inPoint, inRow, to, inRow);
            else multiply<true>(width, inRow, last - first, left, v + p * blocks.inPoint, inRow, to, inRow);
          }
        }
      }
    }
  });
  at::parallel_for(0, g.outChannels, std::max<int64_t>(1, (1 << 13) / inRow), [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; ++o) {
      eachVector(g.channels, [&](int64_t i, auto count) {
        const float* from = sums.data_ptr<float>() + o * inRow + i;
        transform<FilterGradientTransform>(
            [&](int64_t r, int64_t s) {
              Vector total = {};
              for (int64_t thread = 0; thread < threads; ++thread) total += load(from + (thread * allPoints + r * points + s) * sumsPoint);
              return total;
            },
            [&](int64_t r, int64_t s, Vector value) { store(dfilter + ((o * kernel + r) * kernel + s) * g.channels + i, value, count); });
      });
    }
  });
}

Tensor forwardCpu(const Tensor& input, const Tensor& filter, int64_t top, int64_t left, at::IntArrayRef shape) {
  const Tensor x = input.contiguous(), taps = filter.contiguous();
  Tensor y = at::empty(shape, x.options());
  const int64_t in = taps.size(2), out = taps.size(3);
  const Geometry g{x.size(0), x.size(1), x.size(2), in, shape[1], shape[2], out, top, left};
  convolve(x.data_ptr<float>(), {taps.data_ptr<float>(), in * out, out, false}, g, y.data_ptr<float>());
  return y;
}

Tensor inputGradientCpu(const Tensor& gradient, const Tensor& filter, int64_t top, int64_t left, at::IntArrayRef shape) {
  const Tensor dy = gradient.contiguous(), taps = filter.permute({3, 0, 1, 2}).contiguous();
  Tensor dx = at::empty(shape, dy.options());
  const int64_t out = taps.size(0), in = taps.size(3);
  const Geometry g{dy.size(0), dy.size(1), dy.size(2), out, shape[1], shape[2], in, kernel - 1 - top, kernel - 1 - left};
  convolve(dy.data_ptr<float>(), {taps.data_ptr<float>(), in, kernel * kernel * in, true}, g, dx.data_ptr<float>());
  return dx;
}

Tensor filterGradientCpu(const Tensor& input, const Tensor& gradient, int64_t top, int64_t left) {
  const Tensor x = input.contiguous(), dy = gradient.contiguous();
  const Geometry g{x.size(0), x.size(1), x.size(2), x.size(3), dy.size(1), dy.size(2), dy.size(3), top, left};
  Tensor dfilter = at::empty({g.outChannels, kernel, kernel, g.channels}, x.options());
  filterGradient(x.data_ptr<float>(), dy.data_ptr<float>(), g, dfilter.data_ptr<float>());
  return dfilter.permute({1, 2, 3, 0});
}

/** Requires AVX-512: otherwise the accumulators of the matrix products don't fit into the registers. */
bool available() {
#ifdef __AVX512F__
  return true;
#else
  return false;
#endif
}

TORCH_LIBRARY_FRAGMENT(coatrack, m) {
  m.def("has_winograd() -> bool", available);
  m.def("winograd(Tensor x, Tensor filter, int top, int left, int[] shape) -> Tensor");
  m.def("winograd_input_grad(Tensor dy, Tensor filter, int top, int left, int[] shape) -> Tensor");
  m.def("winograd_filter_grad(Tensor x, Tensor dy, int top, int left) -> Tensor");
}

TORCH_LIBRARY_IMPL(coatrack, CPU, m) {
  m.impl("winograd", forwardCpu);
  m.impl("winograd_input_grad", inputGradientCpu);
  m.impl("winograd_filter_grad", filterGradientCpu);
}

}  // namespace
}  // namespace coatrack::winograd
