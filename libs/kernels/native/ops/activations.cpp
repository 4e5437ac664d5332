// Separate activations and their gradients; batch_norm.cpp has those that are fused with a batch norm.
#include "elementwise.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/gelu_backward.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/silu_backward.h>
#include <torch/library.h>

namespace coatrack {
namespace {

using at::Tensor;

constexpr int64_t grain = 1 << 14;

Tensor forwardCpu(const Tensor& input, int64_t activation) {
  const Tensor x = dense(input);
  Tensor y = at::empty_like(x);
  specialised(x, activation, [&]<typename T, Activation kind>() {
    const T* from = x.data_ptr<T>();
    T* to = y.data_ptr<T>();
    at::parallel_for(0, x.numel(), grain, [=](int64_t begin, int64_t end) {
      eachVector(end - begin, [=](int64_t i, auto n) { store(to + begin + i, activate<kind>(load(from + begin + i, n)), n); });
    });
  });
  return y;
}

Tensor backwardCpu(const Tensor& gradient, const Tensor& input, int64_t activation) {
  const Tensor x = dense(input);
  Tensor dx = at::empty_like(x);
  const bool alike = gradient.strides() == x.strides() && gradient.scalar_type() == x.scalar_type();
  const Tensor dy = alike ? gradient : at::empty_like(x).copy_(gradient);
  specialised(x, activation, [&]<typename T, Activation kind>() {
    const T *from = x.data_ptr<T>(), *incoming = dy.data_ptr<T>();
    T* to = dx.data_ptr<T>();
    at::parallel_for(0, x.numel(), grain, [=](int64_t begin, int64_t end) {
      eachVector(end - begin, [=](int64_t i, auto n) {
        store(to + begin + i, load(incoming + begin + i, n) * slope<kind>(load(from + begin + i, n)), n);
      });
    });
  });
  return dx;
}

Tensor forwardAnywhere(const Tensor& x, int64_t activation) {
  return static_cast<Activation>(activation) == Activation::Gelu ? at::gelu(x) : at::silu(x);
}

Tensor backwardAnywhere(const Tensor& dy, const Tensor& x, int64_t activation) {
  const Tensor gradient = dy.to(x.scalar_type());
  return static_cast<Activation>(activation) == Activation::Gelu ? at::gelu_backward(gradient, x) : at::silu_backward(gradient, x);
}

TORCH_LIBRARY_FRAGMENT(coatrack, m) {
  m.def("activation(Tensor x, int activation) -> Tensor");
  m.def("activation_grad(Tensor dy, Tensor x, int activation) -> Tensor");
}

TORCH_LIBRARY_IMPL(coatrack, CPU, m) {
  m.impl("activation", forwardCpu);
  m.impl("activation_grad", backwardCpu);
}

TORCH_LIBRARY_IMPL(coatrack, CompositeExplicitAutograd, m) {
  m.impl("activation", forwardAnywhere);
  m.impl("activation_grad", backwardAnywhere);
}

}  // namespace
}  // namespace coatrack
