// Depthwise 3×3 convolution and its gradients on channels-last images, without reordering operands and without a copy for
// asymmetric padding. Multiplier 1; the number of channels must be a multiple of 16.
#include "elementwise.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include <algorithm>
#include <array>
#include <vector>

namespace coatrack {
namespace {

using at::Tensor;
constexpr int64_t side = 3;

/** Images [batch, height, width, channels] on either side of the convolution. */
struct Geometry {
  int64_t batch, height, width, channels, outHeight, outWidth, stride, top, left;

  int64_t inRow() const { return width * channels; }
  int64_t outRow() const { return outWidth * channels; }
};

Geometry geometryOf(at::IntArrayRef in, at::IntArrayRef out, int64_t stride, int64_t top, int64_t left) {
  TORCH_CHECK(in.size() == 4 && out.size() == 4 && in[3] == out[3] && in[3] % lanes == 0, "the images' channels must be a multiple of ", lanes);
  return {in[0], in[1], in[2], in[3], out[1], out[2], stride, top, left};
}

/** body(image, row of the image, first channel) for all rows and channels, 16 channels at a time. */
template <typename Body>
void eachRow(const Geometry& g, int64_t height, Body body) {
  const int64_t work = g.width * g.channels;
  at::parallel_for(0, g.batch * height, std::max<int64_t>(1, (1 << 15) / work), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      for (int64_t c = 0; c < g.channels; c += lanes) body(row / height, row % height, c);
    }
  });
}

/** A row of the filter's weights for 16 channels; zeros for a row in the padding. */
using Weights = std::array<std::array<Vector, side>, side>;

template <typename T>
void forward(const T* x, const float* filter, const Geometry& g, T* y) {
  eachRow(g, g.outHeight, [&](int64_t n, int64_t oh, int64_t c) {
    Weights weights;
    const T* rows[side];
    for (int64_t kh = 0; kh < side; ++kh) {
      const int64_t ih = oh * g.stride - g.top + kh;
      const bool inside = ih >= 0 && ih < g.height;
      rows[kh] = x + (n * g.height + (inside ? ih : 0)) * g.inRow() + c;
      for (int64_t kw = 0; kw < side; ++kw) weights[kh][kw] = inside ? load(filter + (kh * side + kw) * g.channels + c) : Vector{};
    }
    T* to = y + (n * g.outHeight + oh) * g.outRow() + c;
    for (int64_t ow = 0; ow < g.outWidth; ++ow) {
      const int64_t iw = ow * g.stride - g.left;
      Vector sum = {};
      if (iw >= 0 && iw + side <= g.width) {
        for (int64_t kh = 0; kh < side; ++kh) {
          for (int64_t kw = 0; kw < side; ++kw) sum += load(rows[kh] + (iw + kw) * g.channels) * weights[kh][kw];
        }
      } else {
        for (int64_t kw = std::max<int64_t>(0, -iw); kw < std::min(side, g.width - iw); ++kw) {
          for (int64_t kh = 0; kh < side; ++kh) sum += load(rows[kh] + (iw + kw) * g.channels) * weights[kh][kw];
        }
      }
      store(to + ow * g.channels, sum);
    }
  });
}

template <typename T>
void inputGradient(const T* dy, const float* filter, const Geometry& g, T* dx) {
  eachRow(g, g.height, [&](int64_t n, int64_t ih, int64_t c) {
    Weights weights;
    const T* rows[side];
    for (int64_t kh = 0; kh < side; ++kh) {
      const int64_t from = ih + g.top - kh;
      const bool inside = from >= 0 && from % g.stride == 0 && from / g.stride < g.outHeight;
      rows[kh] = dy + (n * g.outHeight + (inside ? from / g.stride : 0)) * g.outRow() + c;
      for (int64_t kw = 0; kw < side; ++kw) weights[kh][kw] = inside ? load(filter + (kh * side + kw) * g.channels + c) : Vector{};
    }
    T* to = dx + (n * g.height + ih) * g.inRow() + c;
    for (int64_t iw = 0; iw < g.width; ++iw) {
      const int64_t last = iw + g.left;
      Vector sum = {};
      if (g.stride == 1 && last >= side - 1 && last < g.outWidth) {
        for (int64_t kh = 0; kh < side; ++kh) {
          for (int64_t kw = 0; kw < side; ++kw) sum += load(rows[kh] + (last - kw) * g.channels) * weights[kh][kw];
        }
      } else {
        for (int64_t kw = 0; kw < side; ++kw) {
          const int64_t from = last - kw;
          if (from < 0 || from % g.stride != 0 || from / g.stride >= g.outWidth) continue;
          for (int64_t kh = 0; kh < side; ++kh) sum += load(rows[kh] + from / g.stride * g.channels) * weights[kh][kw];
        }
      }
      store(to + iw * g.channels, sum);
    }
  });
}

/** Adds one row of gradients to the nine taps for 16 channels; nine independent sums hide the latency of additions. */
template <typename T>
void rowProducts(const std::array<const T*, side>& rows, const T* gradients, const Geometry& g, Weights& sums) {
  for (int64_t ow = 0; ow < g.outWidth; ++ow) {
    const Vector gradient = load(gradients + ow * g.channels);
    const int64_t iw = ow * g.stride - g.left;
    if (iw >= 0 && iw + side <= g.width) {
      for (int64_t kh = 0; kh < side; ++kh) {
        for (int64_t kw = 0; kw < side; ++kw) sums[kh][kw] += load(rows[kh] + (iw + kw) * g.channels) * gradient;
      }
    } else {
      for (int64_t kw = std::max<int64_t>(0, -iw); kw < std::min(side, g.width - iw); ++kw) {
        for (int64_t kh = 0; kh < side; ++kh) sums[kh][kw] += load(rows[kh] + (iw + kw) * g.channels) * gradient;
      }
    }
  }
}

template <typename T>
void filterGradient(const T* x, const T* dy, const Geometry& g, float* dfilter) {
  const int64_t taps = side * side * g.channels;
  const int64_t rows = g.batch * g.outHeight;
  const int64_t threads = std::min<int64_t>(at::get_num_threads(), std::max<int64_t>(1, rows * g.outRow() >> 14));
  std::vector<float> parts(threads * taps);
  at::parallel_for(0, threads, 1, [&](int64_t firstThread, int64_t lastThread) {
    for (int64_t thread = firstThread; thread < lastThread; ++thread) {
      float* part = parts.data() + thread * taps;
      for (int64_t row = rows * thread / threads; row < rows * (thread + 1) / threads; ++row) {
        const int64_t n = row / g.outHeight, oh = row % g.outHeight;
        const int64_t top = oh * g.stride - g.top;
        for (int64_t c = 0; c < g.channels; c += lanes) {
          std::array<const T*, side> lines;
          // For filter rows outside the image, any row is read and its sums are discarded.
          for (int64_t kh = 0; kh < side; ++kh) lines[kh] = x + (n * g.height + std::clamp<int64_t>(top + kh, 0, g.height - 1)) * g.inRow() + c;
          Weights sums = {};
          rowProducts(lines, dy + row * g.outRow() + c, g, sums);
          // Row by row, so that long sums don't lose small addends.
          for (int64_t kh = std::max<int64_t>(0, -top); kh < std::min(side, g.height - top); ++kh) {
            for (int64_t kw = 0; kw < side; ++kw) {
              float* sum = part + (kh * side + kw) * g.channels + c;
              store(sum, load(sum) + sums[kh][kw]);
            }
          }
        }
      }
    }
  });
  std::fill(dfilter, dfilter + taps, 0.0f);
  for (size_t i = 0; i < parts.size(); ++i) dfilter[i % taps] += parts[i];
}

/** Returns filter [3, 3, channels, 1] as float32, whatever its memory layout. */
Tensor weightsOf(const Tensor& filter) { return filter.to(c10::ScalarType::Float).contiguous(); }

Tensor forwardCpu(const Tensor& input, const Tensor& filter, int64_t stride, int64_t top, int64_t left, at::IntArrayRef shape) {
  const Tensor x = input.contiguous(), weights = weightsOf(filter);
  Tensor y = at::empty(shape, x.options());
  const Geometry g = geometryOf(x.sizes(), shape, stride, top, left);
  specialised(x, 0, [&]<typename T, Activation>() { forward(x.data_ptr<T>(), weights.data_ptr<float>(), g, y.data_ptr<T>()); });
  return y;
}

Tensor inputGradientCpu(const Tensor& gradient, const Tensor& filter, int64_t stride, int64_t top, int64_t left, at::IntArrayRef shape) {
  const Tensor dy = gradient.contiguous(), weights = weightsOf(filter);
  Tensor dx = at::empty(shape, dy.options());
  const Geometry g = geometryOf(shape, dy.sizes(), stride, top, left);
  specialised(dy, 0, [&]<typename T, Activation>() { inputGradient(dy.data_ptr<T>(), weights.data_ptr<float>(), g, dx.data_ptr<T>()); });
  return dx;
}

Tensor filterGradientCpu(const Tensor& input, const Tensor& gradient, int64_t stride, int64_t top, int64_t left) {
  const Tensor x = input.contiguous(), dy = gradient.to(x.scalar_type()).contiguous();
  const Geometry g = geometryOf(x.sizes(), dy.sizes(), stride, top, left);
  Tensor dfilter = at::empty({side, side, g.channels, 1}, x.options().dtype(c10::ScalarType::Float));
  specialised(x, 0, [&]<typename T, Activation>() { filterGradient(x.data_ptr<T>(), dy.data_ptr<T>(), g, dfilter.data_ptr<float>()); });
  return dfilter;
}

TORCH_LIBRARY_FRAGMENT(coatrack, m) {
  m.def("depthwise(Tensor x, Tensor filter, int stride, int top, int left, int[] shape) -> Tensor");
  m.def("depthwise_input_grad(Tensor dy, Tensor filter, int stride, int top, int left, int[] shape) -> Tensor");
  m.def("depthwise_filter_grad(Tensor x, Tensor dy, int stride, int top, int left) -> Tensor");
}

TORCH_LIBRARY_IMPL(coatrack, CPU, m) {
  m.impl("depthwise", forwardCpu);
  m.impl("depthwise_input_grad", inputGradientCpu);
  m.impl("depthwise_filter_grad", filterGradientCpu);
}

}  // namespace
}  // namespace coatrack
