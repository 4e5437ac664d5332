// The operators of batch_norm.cpp composed of ATen's, for devices without our kernels.
#include "elementwise.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/gelu_backward.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/silu_backward.h>
#include <ATen/ops/sum.h>
#include <torch/library.h>

#include <tuple>
#include <vector>

namespace coatrack {
namespace {

using at::Tensor;
using Three = std::tuple<Tensor, Tensor, Tensor>;

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
  const double share = 1.0 / static_cast<double>((x.numel() / x.size(-1)));
  const Tensor dx = (da - doffset * share - normal * (dscale * share)) * (scale * rstd);
  return {dx.to(x.scalar_type()), dscale, doffset};
}

TORCH_LIBRARY_IMPL(coatrack, CompositeExplicitAutograd, m) {
  m.impl("batch_norm_training", trainingAnywhere);
  m.impl("batch_norm_training_grad", gradientAnywhere);
  m.impl("batch_norm_inference", inferenceAnywhere);
}

}  // namespace
}  // namespace coatrack
