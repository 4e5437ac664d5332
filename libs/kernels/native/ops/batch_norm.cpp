// Batch norm over all axes but the last, fused with the activation after it, in as few passes over memory as possible.
#include "elementwise.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/library.h>

#include <cmath>
#include <tuple>
#include <vector>

namespace coatrack {
namespace {

using at::Tensor;
using Three = std::tuple<Tensor, Tensor, Tensor>;

/** Floats that stay in the first-level cache for two passes over a block of rows. */
constexpr int64_t blockFloats = 6144;

/** Rows of channels: all leading axes of a tensor, and its last one. */
struct Rows {
  int64_t count;
  int64_t channels;
};

Rows rowsOf(const Tensor& x) {
  TORCH_CHECK(x.dim() >= 1 && x.numel() > 0, "an empty tensor has no statistics");
  return {x.numel() / x.size(-1), x.size(-1)};
}

/** Minimum vectors per row; with fewer, each row's additions wait for those of the previous row. */
constexpr int64_t wideEnough = 8 * lanes;

/**
 * Returns how many rows to treat as one, so that a row fills several whole vectors: two rows of 24 channels become one of
 * 48. Values per channel are then repeated, and sums per channel are summed once more.
 */
int64_t foldOf(const Rows& rows) {
  int64_t whole = 1;
  for (const int64_t times : {1, 2, 4, 8, 16}) {
    if (rows.count % times != 0 || rows.channels * times % lanes != 0) continue;
    whole = times;
    if (rows.channels * times >= wideEnough) break;
  }
  return whole;
}

Rows folded(const Rows& rows) { return {rows.count / foldOf(rows), rows.channels * foldOf(rows)}; }

std::vector<float> repeated(const float* values, const Rows& rows) {
  std::vector<float> result;
  for (int64_t i = 0; i < foldOf(rows); ++i) result.insert(result.end(), values, values + rows.channels);
  return result;
}

at::TensorOptions floatLike(const Tensor& x) { return x.options().dtype(c10::ScalarType::Float); }

/** Divides the rows among threads: body(thread, first row, end). */
template <typename Body>
void parallelRows(int64_t rows, int64_t threads, Body body) {
  at::parallel_for(0, threads, 1, [&](int64_t begin, int64_t end) {
    for (int64_t thread = begin; thread < end; ++thread) {
      body(thread, rows * thread / threads, rows * (thread + 1) / threads);
    }
  });
}

int64_t threadsFor(const Rows& rows) {
  return rows.count * rows.channels < 1 << 16 ? 1 : std::min<int64_t>(at::get_num_threads(), rows.count);
}

/** Count, mean and sum of squared deviations per channel; two of them can be combined without losing precision. */
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
    eachVector(channels, [&](int64_t c, auto n) { store(mean + c, load(mean + c, n) + load(x + row * channels + c, n), n); });
  }
  const float share = 1.0f / static_cast<float>(rows);
  for (int64_t c = 0; c < channels; ++c) mean[c] *= share;
  for (int64_t row = 0; row < rows; ++row) {
    eachVector(channels, [&](int64_t c, auto n) {
      const Vector deviation = load(x + row * channels + c, n) - load(mean + c, n);
      store(deviations + c, load(deviations + c, n) + deviation * deviation, n);
    });
  }
}

template <typename T>
void statistics(const T* x, const Rows& original, float* mean, float* variance) {
  const Rows rows = folded(original);
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
  Moments total(original.channels);
  for (const Moments& part : parts) {
    for (int64_t first = 0; first < channels; first += original.channels) {
      total.combine(part.count, part.mean.data() + first, part.deviations.data() + first);
    }
  }
  for (int64_t c = 0; c < original.channels; ++c) {
    mean[c] = static_cast<float>(total.mean[c]);
    variance[c] = static_cast<float>(total.deviations[c] / total.count);
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
void apply(const T* x, const Rows& original, const Affine& affine, T* y) {
  const Rows rows = folded(original);
  const std::vector<float> factors = repeated(affine.factor.data(), original), shifts = repeated(affine.shift.data(), original);
  const float *factor = factors.data(), *shift = shifts.data();
  parallelRows(rows.count, threadsFor(rows), [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* from = x + row * rows.channels;
      T* to = y + row * rows.channels;
      eachVector(rows.channels, [&](int64_t c, auto n) {
        store(to + c, activate<activation>(load(from + c, n) * load(factor + c, n) + load(shift + c, n)), n);
      });
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

/**
 * Sums da and da · (x − mean) per channel, where da is the gradient before the activation; stores da if there is an activation.
 */
template <typename T, Activation activation>
void gradientSums(const T* dy, const T* x, const Rows& original, const Affine& affine, const float* means, double* sum, double* product, T* before) {
  const Rows rows = folded(original);
  const int64_t channels = rows.channels;
  const int64_t threads = threadsFor(rows);
  std::vector<double> sums(threads * channels), products(threads * channels);
  const std::vector<float> factors = repeated(affine.factor.data(), original), shifts = repeated(affine.shift.data(), original);
  const std::vector<float> centres = repeated(means, original);
  const float *factor = factors.data(), *shift = shifts.data(), *mean = centres.data();
  parallelRows(rows.count, threads, [&](int64_t thread, int64_t begin, int64_t end) {
    const int64_t block = std::max<int64_t>(8, blockFloats / channels);
    std::vector<float> blockSum(channels), blockProduct(channels);
    float *total = blockSum.data(), *weighted = blockProduct.data();
    for (int64_t first = begin; first < end; first += block) {
      std::fill(blockSum.begin(), blockSum.end(), 0.0f);
      std::fill(blockProduct.begin(), blockProduct.end(), 0.0f);
      for (int64_t row = first; row < std::min(end, first + block); ++row) {
        eachVector(channels, [&](int64_t c, auto n) {
          const Vector value = load(x + row * channels + c, n);
          const Vector u = value * load(factor + c, n) + load(shift + c, n);
          const Vector da = load(dy + row * channels + c, n) * slope<activation>(u);
          if constexpr (activation != Activation::None) store(before + row * channels + c, da, n);
          store(total + c, load(total + c, n) + da, n);
          store(weighted + c, load(weighted + c, n) + da * (value - load(mean + c, n)), n);
        });
      }
      for (int64_t c = 0; c < channels; ++c) {
        sums[thread * channels + c] += blockSum[c];
        products[thread * channels + c] += blockProduct[c];
      }
    }
  });
  std::fill(sum, sum + original.channels, 0.0);
  std::fill(product, product + original.channels, 0.0);
  for (size_t i = 0; i < sums.size(); ++i) {
    sum[i % original.channels] += sums[i];
    product[i % original.channels] += products[i];
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
    gradientSums<T, kind>(gradient.data_ptr<T>(), x.data_ptr<T>(), rows, affine, m, sum.data(), product.data(), dx.data_ptr<T>());
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
    const Rows wide = folded(rows);
    const std::vector<float> factors = repeated(affine.factor.data(), rows);
    const std::vector<float> slopes = repeated(slopeOfX.data(), rows), constants = repeated(constant.data(), rows);
    const float *factor = factors.data(), *k = slopes.data(), *k0 = constants.data();
    // dx holds da, so that the activation's slope is not computed twice.
    const T* before = kind == Activation::None ? gradient.data_ptr<T>() : dx.data_ptr<T>();
    parallelRows(wide.count, threadsFor(wide), [&](int64_t, int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        const T* da = before + row * wide.channels;
        const T* values = x.data_ptr<T>() + row * wide.channels;
        T* to = dx.data_ptr<T>() + row * wide.channels;
        eachVector(wide.channels, [&](int64_t c, auto n) {
          const Vector linear = load(k + c, n) * load(values + c, n) + load(k0 + c, n);
          store(to + c, load(factor + c, n) * load(da + c, n) + linear, n);
        });
      }
    });
  });
  return {dx, dscale, doffset};
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

}  // namespace
}  // namespace coatrack
