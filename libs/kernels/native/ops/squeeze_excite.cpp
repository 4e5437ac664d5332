// Squeeze-excitation: multiplies every image's channels by a gate that two small layers compute from the channels' means.
// Works on one image at a time, so that it is still in cache when its gate is known.
#include "elementwise.h"
#include "small_gemm.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/silu_backward.h>
#include <ATen/ops/sum.h>
#include <torch/library.h>

#include <array>
#include <tuple>
#include <vector>

namespace coatrack {
namespace {

using at::Tensor;
using Forward = std::tuple<Tensor, Tensor, Tensor, Tensor>;
using Gradients = std::tuple<Tensor, Tensor, Tensor, Tensor, Tensor>;

/** Axes. */
constexpr std::array<int64_t, 2> positions{1, 2};
constexpr std::array<int64_t, 1> images{0};

/** x [batch, height, width, channels], squeezed to a width. */
struct Sizes {
  int64_t batch, positions, channels, width;

  Sizes(const Tensor& x, int64_t width) : batch(x.size(0)), positions(x.size(1) * x.size(2)), channels(x.size(3)), width(width) {}
  int64_t image() const { return positions * channels; }
};

/** Returns the layers' weights as [width, channels], which is the memory layout that the torch engine gives parameters. */
Tensor reduceRows(const Tensor& reduce) { return reduce.reshape({reduce.size(2), reduce.size(3)}).t().contiguous(); }
Tensor expandRows(const Tensor& expand) { return expand.reshape({expand.size(2), expand.size(3)}).contiguous(); }

/** Returns [width, channels] as the gradient of [1, 1, channels, width]. */
Tensor asReduce(const Tensor& rows) { return rows.t().unsqueeze(0).unsqueeze(0); }
Tensor asExpand(const Tensor& rows) { return rows.unsqueeze(0).unsqueeze(0); }

float sumOf(Vector v) {
  float sum = 0;
  for (int64_t i = 0; i < lanes; ++i) sum += v[i];
  return sum;
}

/** out[row] = matrix[row] · vector; four rows at a time hide the latency of additions. */
void dots(const float* matrix, int64_t rows, int64_t columns, const float* vector, float* out) {
  int64_t row = 0;
  for (; row + 4 <= rows; row += 4) {
    Vector sums[4] = {};
    for (int64_t c = 0; c < columns; c += lanes) {
      const Vector right = load(vector + c);
      for (int64_t i = 0; i < 4; ++i) sums[i] += load(matrix + (row + i) * columns + c) * right;
    }
    for (int64_t i = 0; i < 4; ++i) out[row + i] = sumOf(sums[i]);
  }
  for (; row < rows; ++row) {
    Vector sum = {};
    for (int64_t c = 0; c < columns; c += lanes) sum += load(matrix + row * columns + c) * load(vector + c);
    out[row] = sumOf(sum);
  }
}

/** body(first channel, vector of row weights · matrix[:, channels]) for every sixteen channels. */
template <typename Body>
void combined(const float* weights, const float* matrix, int64_t rows, int64_t columns, Body body) {
  int64_t c = 0;
  for (; c + 4 * lanes <= columns; c += 4 * lanes) {
    Vector sums[4] = {};
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t i = 0; i < 4; ++i) sums[i] += weights[row] * load(matrix + row * columns + c + i * lanes);
    }
    for (int64_t i = 0; i < 4; ++i) body(c + i * lanes, sums[i]);
  }
  for (; c < columns; c += lanes) {
    Vector sum = {};
    for (int64_t row = 0; row < rows; ++row) sum += weights[row] * load(matrix + row * columns + c);
    body(c, sum);
  }
}

/** Sums body(element) over all positions, per channel; sums of blocks keep small addends from getting lost. */
template <typename Body>
void sumPositions(const Sizes& s, float* sums, Body body) {
  constexpr int64_t block = 64;
  std::vector<float> part(s.channels);
  std::fill(sums, sums + s.channels, 0.0f);
  for (int64_t first = 0; first < s.positions; first += block) {
    std::fill(part.begin(), part.end(), 0.0f);
    for (int64_t p = first; p < std::min(s.positions, first + block); ++p) {
      for (int64_t c = 0; c < s.channels; c += lanes) store(&part[c], load(&part[c]) + body(p * s.channels + c));
    }
    for (int64_t c = 0; c < s.channels; c += lanes) store(sums + c, load(sums + c) + load(&part[c]));
  }
}

/** Activation of the squeezed layer, whose width need not fill vectors. */
void activateRow(int64_t activation, const float* hidden, int64_t count, float* out) {
  eachVector(count, [&](int64_t i, auto n) {
    const Vector u = load(hidden + i, n);
    store(out + i, static_cast<Activation>(activation) == Activation::Relu ? activate<Activation::Relu>(u) : activate<Activation::Silu>(u), n);
  });
}

void multiplyBySlope(int64_t activation, const float* hidden, int64_t count, float* gradient) {
  eachVector(count, [&](int64_t i, auto n) {
    const Vector u = load(hidden + i, n);
    const Vector slopes = static_cast<Activation>(activation) == Activation::Relu ? slope<Activation::Relu>(u) : slope<Activation::Silu>(u);
    store(gradient + i, load(gradient + i, n) * slopes, n);
  });
}

Forward forwardAnywhere(const Tensor& x, const Tensor& reduce, const Tensor& reduceBias, const Tensor& expand, const Tensor& expandBias, int64_t activation) {
  const bool relu = static_cast<Activation>(activation) == Activation::Relu;
  const Tensor mean = at::mean(x, positions, false, c10::ScalarType::Float);
  const Tensor hidden = at::mm(mean, reduceRows(reduce).t()) + reduceBias;
  const Tensor gate = at::sigmoid(at::mm(relu ? at::relu(hidden) : at::silu(hidden), expandRows(expand)) + expandBias);
  return {x * gate.to(x.scalar_type()).unsqueeze(1).unsqueeze(1), mean, hidden, gate};
}

Gradients gradientAnywhere(const Tensor& dy, const Tensor& x, const Tensor& mean, const Tensor& hidden, const Tensor& gate, const Tensor& reduce, const Tensor& expand, int64_t activation) {
  const bool relu = static_cast<Activation>(activation) == Activation::Relu;
  const double share = 1.0 / static_cast<double>(x.size(1) * x.size(2));
  const Tensor dgate = at::sum(dy * x, positions, false, c10::ScalarType::Float);
  const Tensor dz = dgate * gate * (1 - gate);
  const Tensor da = at::mm(dz, expandRows(expand).t());
  const Tensor dhidden = relu ? da * (hidden > 0) : at::silu_backward(da, hidden);
  const Tensor dmean = at::mm(dhidden, reduceRows(reduce)) * share;
  const auto spread = [&](const Tensor& perImage) { return perImage.to(x.scalar_type()).unsqueeze(1).unsqueeze(1); };
  const Tensor dx = dy.to(x.scalar_type()) * spread(gate) + spread(dmean);
  const Tensor active = relu ? at::relu(hidden) : at::silu(hidden);
  return {dx, asReduce(at::mm(dhidden.t(), mean)), at::sum(dhidden, images), asExpand(at::mm(active.t(), dz)), at::sum(dz, images)};
}

Forward forwardCpu(const Tensor& input, const Tensor& reduce, const Tensor& reduceBias, const Tensor& expand, const Tensor& expandBias, int64_t activation) {
  const Sizes s(input, reduce.size(3));
  if (s.channels % lanes != 0) return forwardAnywhere(input, reduce, reduceBias, expand, expandBias, activation);
  const Tensor x = input.contiguous();
  const Tensor first = reduceRows(reduce), second = expandRows(expand), firstBias = reduceBias.contiguous(), secondBias = expandBias.contiguous();
  const auto floats = x.options().dtype(c10::ScalarType::Float);
  Tensor y = at::empty_like(x), mean = at::empty({s.batch, s.channels}, floats);
  Tensor hidden = at::empty({s.batch, s.width}, floats), gate = at::empty({s.batch, s.channels}, floats);
  specialised(x, 0, [&]<typename T, Activation>() {
    at::parallel_for(0, s.batch, 1, [&](int64_t begin, int64_t end) {
      std::vector<float> active(s.width);
      for (int64_t image = begin; image < end; ++image) {
        const T* from = x.data_ptr<T>() + image * s.image();
        T* to = y.data_ptr<T>() + image * s.image();
        float* means = mean.data_ptr<float>() + image * s.channels;
        float* squeezed = hidden.data_ptr<float>() + image * s.width;
        float* gates = gate.data_ptr<float>() + image * s.channels;
        sumPositions(s, means, [=](int64_t i) { return load(from + i); });
        for (int64_t c = 0; c < s.channels; ++c) means[c] /= static_cast<float>(s.positions);
        dots(first.data_ptr<float>(), s.width, s.channels, means, squeezed);
        for (int64_t r = 0; r < s.width; ++r) squeezed[r] += firstBias.data_ptr<float>()[r];
        activateRow(activation, squeezed, s.width, active.data());
        combined(active.data(), second.data_ptr<float>(), s.width, s.channels, [&](int64_t c, Vector z) {
          store(gates + c, sigmoid(z + load(secondBias.data_ptr<float>() + c)));
        });
        for (int64_t p = 0; p < s.positions; ++p) {
          for (int64_t c = 0; c < s.channels; c += lanes) store(to + p * s.channels + c, load(from + p * s.channels + c) * load(gates + c));
        }
      }
    });
  });
  return {y, mean, hidden, gate};
}

Gradients gradientCpu(const Tensor& gradient, const Tensor& input, const Tensor& mean, const Tensor& hidden, const Tensor& gate, const Tensor& reduce, const Tensor& expand, int64_t activation) {
  const Sizes s(input, reduce.size(3));
  if (s.channels % lanes != 0) return gradientAnywhere(gradient, input, mean, hidden, gate, reduce, expand, activation);
  const Tensor x = input.contiguous(), dy = gradient.to(x.scalar_type()).contiguous();
  const Tensor first = reduceRows(reduce), second = expandRows(expand), means = mean.contiguous(), squeezed = hidden.contiguous(), gates = gate.contiguous();
  const auto floats = x.options().dtype(c10::ScalarType::Float);
  Tensor dx = at::empty_like(x), dz = at::empty({s.batch, s.channels}, floats), dhidden = at::empty({s.batch, s.width}, floats);
  specialised(x, 0, [&]<typename T, Activation>() {
    at::parallel_for(0, s.batch, 1, [&](int64_t begin, int64_t end) {
      std::vector<float> dmean(s.channels);
      for (int64_t image = begin; image < end; ++image) {
        const T *g = dy.data_ptr<T>() + image * s.image(), *from = x.data_ptr<T>() + image * s.image();
        T* to = dx.data_ptr<T>() + image * s.image();
        const float* open = gates.data_ptr<float>() + image * s.channels;
        float* beforeGate = dz.data_ptr<float>() + image * s.channels;
        float* beforeActivation = dhidden.data_ptr<float>() + image * s.width;
        sumPositions(s, beforeGate, [=](int64_t i) { return load(g + i) * load(from + i); });
        for (int64_t c = 0; c < s.channels; ++c) beforeGate[c] *= open[c] * (1 - open[c]);
        dots(second.data_ptr<float>(), s.width, s.channels, beforeGate, beforeActivation);
        multiplyBySlope(activation, squeezed.data_ptr<float>() + image * s.width, s.width, beforeActivation);
        combined(beforeActivation, first.data_ptr<float>(), s.width, s.channels, [&](int64_t c, Vector sum) {
          store(&dmean[c], sum / static_cast<float>(s.positions));
        });
        for (int64_t p = 0; p < s.positions; ++p) {
          for (int64_t c = 0; c < s.channels; c += lanes) {
            const int64_t i = p * s.channels + c;
            store(to + i, load(g + i) * load(open + c) + load(&dmean[c]));
          }
        }
      }
    });
  });
  Tensor active = at::empty_like(squeezed), dreduce = at::empty({s.width, s.channels}, floats), dexpand = at::empty({s.width, s.channels}, floats);
  activateRow(activation, squeezed.data_ptr<float>(), squeezed.numel(), active.data_ptr<float>());
  const auto outerProducts = [&](const Tensor& rows, const Tensor& columns, Tensor& out) {
    multiply(s.width, s.channels, s.batch, {rows.data_ptr<float>(), 1, s.width}, columns.data_ptr<float>(), s.channels, out.data_ptr<float>(), s.channels);
  };
  outerProducts(dhidden, means, dreduce);
  outerProducts(active, dz, dexpand);
  return {dx, asReduce(dreduce), at::sum(dhidden, images), asExpand(dexpand), at::sum(dz, images)};
}

TORCH_LIBRARY_FRAGMENT(coatrack, m) {
  m.def("squeeze_excite(Tensor x, Tensor reduce, Tensor reduce_bias, Tensor expand, Tensor expand_bias, int activation) -> (Tensor, Tensor, Tensor, Tensor)");
  m.def("squeeze_excite_grad(Tensor dy, Tensor x, Tensor mean, Tensor hidden, Tensor gate, Tensor reduce, Tensor expand, int activation) -> (Tensor, Tensor, Tensor, Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(coatrack, CPU, m) {
  m.impl("squeeze_excite", forwardCpu);
  m.impl("squeeze_excite_grad", gradientCpu);
}

TORCH_LIBRARY_IMPL(coatrack, CompositeExplicitAutograd, m) {
  m.impl("squeeze_excite", forwardAnywhere);
  m.impl("squeeze_excite_grad", gradientAnywhere);
}

}  // namespace
}  // namespace coatrack
