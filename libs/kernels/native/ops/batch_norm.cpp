// Batch norm over all axes but the last, with the activation that follows it, in as few passes over memory as it takes.
#include "elementwise.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/gelu_backward.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/silu_backward.h>
#include <ATen/ops/sum.h>
#include <torch/library.h>

#include <cmath>
#include <tuple>
#include <vector>

namespace coatrack {
namespace {

using at::Tensor;
using Three = std::tuple<Tensor, Tensor, Tensor>;

/** Floats that stay in the first-level cache while a block of rows is passed over twice. */
constexpr int64_t blockFloats = 6144;

at::TensorOptions floatLike(const Tensor& x) { return x.options().dtype(c10::ScalarType::Float); }

/** Splits the rows among threads: body(thread, first row, end). */
template <typename Body>
void parallelRows(int64_t rows, int64_t threads, Body body) {
  at::parallel_for(0, threads, 1, [&](int64_t begin, int64_t end) {
    for (int64_t thread = begin; thread < end; ++thread) {
      body(thread, rows * thread / threads, rows * (thread + 1) / threads);
    }
  });
}

int64_t threadsFor(const Rows& rows) {
  return rows.count * rows.channels < 1 << 15 ? 1 : std::min<int64_t>(at::get_num_threads(), rows.count);
}

/** Count, mean and summed squared deviations per channel; two of them combine without losing digits. */
struct Moments {
  double count = 0;
  std::vector<double> mean, deviations;

  explicit Moments(int64_t channels) : mean(channels), deviations(channels) {}

  void combine(double otherCount, const double* otherMean, const double* otherDeviations) {
    const double total = count + otherCount;
    const double weight = otherCount / total;
    const double cross = count * weight;
    for (size_t c = 0; c < mean.size(); ++c) {
      const double delta = otherMean[c] - mean[c];
      mean[c] += delta * weight;
      deviations[c] += otherDeviations[c] + delta * delta * cross;
    }
    count = total;
  }
};

template <typename T>
void blockMoments(const T* x, int64_t rows, int64_t channels, float* mean, float* deviations) {
  std::fill(mean, mean + channels, 0.0f);
  std::fill(deviations, deviations + channels, 0.0f);
  for (int64_t row = 0; row < rows; ++row) {
    const T* values = x + row * channels;
#pragma omp simd
    for (int64_t c = 0; c < channels; ++c) mean[c] += load(values[c]);
  }
  const float share = 1.0f / static_cast<float>(rows);
#pragma omp simd
  for (int64_t c = 0; c < channels; ++c) mean[c] *= share;
  for (int64_t row = 0; row < rows; ++row) {
    const T* values = x + row * channels;
#pragma omp simd
    for (int64_t c = 0; c < channels; ++c) {
      const float deviation = load(values[c]) - mean[c];
      deviations[c] += deviation * deviation;
    }
  }
}

template <typename T>
void statistics(const T* x, const Rows& rows, float* mean, float* variance) {
  const int64_t threads = threadsFor(rows);
  const int64_t channels = rows.channels;
  std::vector<Moments> parts(threads, Moments(channels));
  parallelRows(rows.count, threads, [&](int64_t thread, int64_t begin, int64_t end) {
    const int64_t block = std::max<int64_t>(8, blockFloats / channels);
    std::vector<float> blockMean(channels), blockDeviations(channels);
    std::vector<double> wideMean(channels), wideDeviations(channels);
    for (int64_t first = begin; first < end; first += block) {
      const int64_t count = std::min(block, end - first);
      blockMoments(x + first * channels, count, channels, blockMean.data(), blockDeviations.data());
      for (int64_t c = 0; c < channels; ++c) {
        wideMean[c] = blockMean[c];
        wideDeviations[c] = blockDeviations[c];
      }
      parts[thread].combine(static_cast<double>(count), wideMean.data(), wideDeviations.data());
    }
  });
  for (int64_t thread = 1; thread < threads; ++thread) {
    parts[0].combine(parts[thread].count, parts[thread].mean.data(), parts[thread].deviations.data());
  }
  for (int64_t c = 0; c < channels; ++c) {
    mean[c] = static_cast<float>(parts[0].mean[c]);
    variance[c] = static_cast<float>(parts[0].deviations[c] / parts[0].count);
  }
}

/** y = activation(x · factor + shift), channel by channel. */
struct Affine {
  std::vector<float> factor, shift;
};

Affine affineOf(const Rows& rows, const float* mean, const float* variance, const float* scale, const float* offset, double epsilon) {
  Affine affine{std::vector<float>(rows.channels), std::vector<float>(rows.channels)};
  for (int64_t c = 0; c < rows.channels; ++c) {
    affine.factor[c] = scale[c] / std::sqrt(variance[c] + static_cast<float>(epsilon));
    affine.shift[c] = offset[c] - mean[c] * affine.factor[c];
  }
  return affine;
}

template <typename T, Activation activation>
void apply(const T* x, const Rows& rows, const Affine& affine, T* y) {
  const float* factor = affine.factor.data();
  const float* shift = affine.shift.data();
  parallelRows(rows.count, threadsFor(rows), [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* from = x + row * rows.channels;
      T* to = y + row * rows.channels;
#pragma omp simd
      for (int64_t c = 0; c < rows.channels; ++c) {
        to[c] = store<T>(activate<activation>(load(from[c]) * factor[c] + shift[c]));
      }
    }
  });
}

Three trainingCpu(const Tensor& input, const Tensor& scale, const Tensor& offset, double epsilon, int64_t activation) {
  const Tensor x = input.contiguous();
  const Rows rows = rowsOf(x);
  Tensor y = at::empty_like(x);
  Tensor mean = at::empty({rows.channels}, floatLike(x));
  Tensor variance = at::empty({rows.channels}, floatLike(x));
  const Tensor scales = scale.contiguous(), offsets = offset.contiguous();
  specialised(x, activation, [&]<typename T, Activation kind>() {
    statistics(x.data_ptr<T>(), rows, mean.data_ptr<float>(), variance.data_ptr<float>());
    const Affine affine = affineOf(rows, mean.data_ptr<float>(), variance.data_ptr<float>(), scales.data_ptr<float>(), offsets.data_ptr<float>(), epsilon);
    apply<T, kind>(x.data_ptr<T>(), rows, affine, y.data_ptr<T>());
  });
  return {y, mean, variance};
}

Tensor inferenceCpu(const Tensor& input, const Tensor& mean, const Tensor& variance, const Tensor& scale, const Tensor& offset, double epsilon, int64_t activation) {
  const Tensor x = input.contiguous();
  const Rows rows = rowsOf(x);
  Tensor y = at::empty_like(x);
  const Tensor means = mean.contiguous(), variances = variance.contiguous(), scales = scale.contiguous(), offsets = offset.contiguous();
  const Affine affine = affineOf(rows, means.data_ptr<float>(), variances.data_ptr<float>(), scales.data_ptr<float>(), offsets.data_ptr<float>(), epsilon);
  specialised(x, activation, [&]<typename T, Activation kind>() { apply<T, kind>(x.data_ptr<T>(), rows, affine, y.data_ptr<T>()); });
  return y;
}

/** Per channel the sums of da and of da · (x − mean), where da is the gradient before the activation. */
template <typename T, Activation activation>
void gradientSums(const T* dy, const T* x, const Rows& rows, const Affine& affine, const float* mean, double* sum, double* product) {
  const int64_t channels = rows.channels;
  const int64_t threads = threadsFor(rows);
  std::vector<double> sums(threads * channels), products(threads * channels);
  const float* factor = affine.factor.data();
  const float* shift = affine.shift.data();
  parallelRows(rows.count, threads, [&](int64_t thread, int64_t begin, int64_t end) {
    const int64_t block = std::max<int64_t>(8, blockFloats / channels);
    std::vector<float> blockSum(channels), blockProduct(channels);
    float* total = blockSum.data();
    float* weighted = blockProduct.data();
    for (int64_t first = begin; first < end; first += block) {
      std::fill(blockSum.begin(), blockSum.end(), 0.0f);
      std::fill(blockProduct.begin(), blockProduct.end(), 0.0f);
      for (int64_t row = first; row < std::min(end, first + block); ++row) {
        const T* gradient = dy + row * channels;
        const T* value = x + row * channels;
#pragma omp simd
        for (int64_t c = 0; c < channels; ++c) {
          const float v = load(value[c]);
          const float da = load(gradient[c]) * slope<activation>(v * factor[c] + shift[c]);
          total[c] += da;
          weighted[c] += da * (v - mean[c]);
        }
      }
      for (int64_t c = 0; c < channels; ++c) {
        sums[thread * channels + c] += blockSum[c];
        products[thread * channels + c] += blockProduct[c];
      }
    }
  });
  for (int64_t c = 0; c < channels; ++c) {
    sum[c] = product[c] = 0;
    for (int64_t thread = 0; thread < threads; ++thread) {
      sum[c] += sums[thread * channels + c];
      product[c] += products[thread * channels + c];
    }
  }
}

Three gradientCpu(const Tensor& dy, const Tensor& input, const Tensor& mean, const Tensor& variance, const Tensor& scale, const Tensor& offset, double epsilon, int64_t activation) {
  const Tensor x = input.contiguous();
  const Tensor gradient = dy.to(x.scalar_type()).contiguous();
  const Rows rows = rowsOf(x);
  const int64_t channels = rows.channels;
  Tensor dx = at::empty_like(x);
  Tensor dscale = at::empty({channels}, floatLike(x));
  Tensor doffset = at::empty({channels}, floatLike(x));
  const Tensor means = mean.contiguous(), variances = variance.contiguous(), scales = scale.contiguous(), offsets = offset.contiguous();
  const float* m = means.data_ptr<float>();
  const float* v = variances.data_ptr<float>();
  const Affine affine = affineOf(rows, m, v, scales.data_ptr<float>(), offsets.data_ptr<float>(), epsilon);
  specialised(x, activation, [&]<typename T, Activation kind>() {
    std::vector<double> sum(channels), product(channels);
    gradientSums<T, kind>(gradient.data_ptr<T>(), x.data_ptr<T>(), rows, affine, m, sum.data(), product.data());
    // dx = factor · (da − mean(da) − (x − mean) · mean(da · (x − mean)) / (variance + ε))
    std::vector<float> slopeOfX(channels), constant(channels);
    for (int64_t c = 0; c < channels; ++c) {
      const double rstd = 1.0 / std::sqrt(v[c] + epsilon);
      dscale.data_ptr<float>()[c] = static_cast<float>(product[c] * rstd);
      doffset.data_ptr<float>()[c] = static_cast<float>(sum[c]);
      const double perX = product[c] * rstd * rstd / static_cast<double>(rows.count);
      slopeOfX[c] = static_cast<float>(-affine.factor[c] * perX);
      constant[c] = static_cast<float>(-affine.factor[c] * (sum[c] / static_cast<double>(rows.count) - m[c] * perX));
    }
    const float* factor = affine.factor.data();
    const float* shift = affine.shift.data();
    const float* k = slopeOfX.data();
    const float* k0 = constant.data();
    parallelRows(rows.count, threadsFor(rows), [&](int64_t, int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        const T* g = gradient.data_ptr<T>() + row * channels;
        const T* value = x.data_ptr<T>() + row * channels;
        T* to = dx.data_ptr<T>() + row * channels;
#pragma omp simd
        for (int64_t c = 0; c < channels; ++c) {
          const float at = load(value[c]);
          const float da = load(g[c]) * slope<kind>(at * factor[c] + shift[c]);
          to[c] = store<T>(factor[c] * da + (k[c] * at + k0[c]));
        }
      }
    });
  });
  return {dx, dscale, doffset};
}

std::vector<int64_t> leadingAxes(const Tensor& x) {
  std::vector<int64_t> axes(x.dim() - 1);
  for (size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<int64_t>(i);
  return axes;
}

Tensor activated(const Tensor& u, int64_t activation) {
  switch (static_cast<Activation>(activation)) {
    case Activation::Silu: return at::silu(u);
    case Activation::Gelu: return at::gelu(u);
    default: return u;
  }
}

/** The same by ATen's operators, for devices that have no kernel of ours. */
Three trainingAnywhere(const Tensor& x, const Tensor& scale, const Tensor& offset, double epsilon, int64_t activation) {
  const auto axes = leadingAxes(x);
  const Tensor wide = x.to(c10::ScalarType::Float);
  const Tensor mean = at::mean(wide, axes);
  const Tensor centred = wide - mean;
  const Tensor variance = at::mean(centred * centred, axes);
  const Tensor u = centred * (scale * at::rsqrt(variance + epsilon)) + offset;
  return {activated(u.to(x.scalar_type()), activation), mean, variance};
}

Tensor inferenceAnywhere(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& scale, const Tensor& offset, double epsilon, int64_t activation) {
  const Tensor factor = scale * at::rsqrt(variance + epsilon);
  return activated((x * factor + (offset - mean * factor)).to(x.scalar_type()), activation);
}

Three gradientAnywhere(const Tensor& dy, const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& scale, const Tensor& offset, double epsilon, int64_t activation) {
  const auto axes = leadingAxes(x);
  const Tensor rstd = at::rsqrt(variance + epsilon);
  const Tensor normal = (x.to(c10::ScalarType::Float) - mean) * rstd;
  Tensor da = dy.to(c10::ScalarType::Float);
  const Tensor u = normal * scale + offset;
  if (static_cast<Activation>(activation) == Activation::Silu) da = at::silu_backward(da, u);
  if (static_cast<Activation>(activation) == Activation::Gelu) da = at::gelu_backward(da, u);
  const Tensor doffset = at::sum(da, axes);
  const Tensor dscale = at::sum(da * normal, axes);
  const double share = 1.0 / static_cast<double>(rowsOf(x).count);
  const Tensor dx = (da - doffset * share - normal * (dscale * share)) * (scale * rstd);
  return {dx.to(x.scalar_type()), dscale, doffset};
}

TORCH_LIBRARY_FRAGMENT(coatrack, m) {
  m.def("batch_norm_training(Tensor x, Tensor scale, Tensor offset, float epsilon, int activation) -> (Tensor, Tensor, Tensor)");
  m.def("batch_norm_training_grad(Tensor dy, Tensor x, Tensor mean, Tensor variance, Tensor scale, Tensor offset, float epsilon, int activation) -> (Tensor, Tensor, Tensor)");
  m.def("batch_norm_inference(Tensor x, Tensor mean, Tensor variance, Tensor scale, Tensor offset, float epsilon, int activation) -> Tensor");
}

TORCH_LIBRARY_IMPL(coatrack, CPU, m) {
  m.impl("batch_norm_training", trainingCpu);
  m.impl("batch_norm_training_grad", gradientCpu);
  m.impl("batch_norm_inference", inferenceCpu);
}

TORCH_LIBRARY_IMPL(coatrack, CompositeExplicitAutograd, m) {
  m.impl("batch_norm_training", trainingAnywhere);
  m.impl("batch_norm_training_grad", gradientAnywhere);
  m.impl("batch_norm_inference", inferenceAnywhere);
}

}  // namespace
}  // namespace coatrack
