// The steps of optimizers.cpp composed of ATen's operators on lists, for devices without our kernels. The norm stays on the
// device, so nothing waits for it; if it is not finite, neither are the parameters.
#include "parameter_pieces.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_addcdiv.h>
#include <ATen/ops/_foreach_addcmul.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_foreach_sqrt.h>
#include <ATen/ops/_foreach_sub.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>

namespace coatrack {
namespace {

using at::Tensor;
using at::TensorList;

struct Gradients {
  /** clipped, in the parameters' layout */
  std::vector<Tensor> values;
  Tensor norm;
};

Gradients clipped(TensorList gradients, TensorList parameters, double clipNorm) {
  Gradients result{alike(gradients, parameters), {}};
  result.norm = at::linalg_vector_norm(at::stack(at::_foreach_norm(result.values)));
  if (clipNorm > 0) {
    const Tensor scale = (clipNorm / result.norm).clamp_max(1);
    for (Tensor& value : result.values) value = value * scale;
  }
  return result;
}

std::vector<at::Scalar> scalarsOf(at::ArrayRef<double> values) { return {values.begin(), values.end()}; }

/** Adds to each gradient its parameter times its weight decay. */
void decay(std::vector<Tensor>& gradients, TensorList parameters, at::ArrayRef<double> weightDecay) {
  gradients = at::_foreach_add(gradients, at::_foreach_mul(parameters, scalarsOf(weightDecay)));
}

std::vector<double> times(at::ArrayRef<double> values, double factor) {
  std::vector<double> products(values.begin(), values.end());
  for (double& value : products) value *= factor;
  return products;
}

/** Adds to each tensor another one times its factor: in one operation where the factors are one. */
void addTimes(TensorList tensors, TensorList others, const std::vector<double>& factors) {
  const bool same = std::all_of(factors.begin(), factors.end(), [&](double factor) { return factor == factors[0]; });
  if (same) return at::_foreach_add_(tensors, others, factors[0]);
  at::_foreach_add_(tensors, at::_foreach_mul(others, scalarsOf(factors)));
}

Tensor adamw(TensorList parameters, TensorList gradients, TensorList firstMoments, TensorList secondMoments,
             at::ArrayRef<double> learningRate, double clipNorm, at::ArrayRef<double> weightDecay, double beta1, double beta2, double epsilon, int64_t count) {
  const auto [g, norm] = clipped(gradients, parameters, clipNorm);
  at::_foreach_mul_(firstMoments, beta1);
  at::_foreach_add_(firstMoments, g, 1 - beta1);
  at::_foreach_mul_(secondMoments, beta2);
  at::_foreach_addcmul_(secondMoments, g, g, 1 - beta2);
  std::vector<Tensor> deviations = at::_foreach_sqrt(secondMoments);
  at::_foreach_mul_(deviations, 1 / std::sqrt(1 - std::pow(beta2, count)));
  at::_foreach_add_(deviations, epsilon);
  std::vector<at::Scalar> keep;
  for (size_t i = 0; i < weightDecay.size(); ++i) keep.push_back(1 - learningRate[i] * weightDecay[i]);
  at::_foreach_mul_(parameters, keep);
  at::_foreach_addcdiv_(parameters, firstMoments, deviations, scalarsOf(times(learningRate, -1 / (1 - std::pow(beta1, count)))));
  return norm;
}

Tensor sgd(TensorList parameters, TensorList gradients, TensorList velocities,
           at::ArrayRef<double> learningRate, double clipNorm, at::ArrayRef<double> weightDecay, double momentum, bool nesterov) {
  auto [g, norm] = clipped(gradients, parameters, clipNorm);
  decay(g, parameters, weightDecay);
  at::_foreach_mul_(velocities, momentum);
  at::_foreach_add_(velocities, g);
  if (nesterov) addTimes(parameters, g, times(learningRate, -1));
  addTimes(parameters, velocities, times(learningRate, nesterov ? -momentum : -1));
  return norm;
}

Tensor rmsprop(TensorList parameters, TensorList gradients, TensorList meanSquares, TensorList momenta,
               at::ArrayRef<double> learningRate, double clipNorm, at::ArrayRef<double> weightDecay, double rho, double momentum, double epsilon) {
  auto [g, norm] = clipped(gradients, parameters, clipNorm);
  decay(g, parameters, weightDecay);
  at::_foreach_mul_(meanSquares, rho);
  at::_foreach_addcmul_(meanSquares, g, g, 1 - rho);
  std::vector<Tensor> roots = at::_foreach_add(meanSquares, epsilon);
  at::_foreach_sqrt_(roots);
  at::_foreach_mul_(momenta, momentum);
  at::_foreach_addcdiv_(momenta, g, roots, scalarsOf(learningRate));
  at::_foreach_sub_(parameters, momenta);
  return norm;
}

void movingAverages(TensorList averages, TensorList values, double decay) {
  at::_foreach_mul_(averages, decay);
  at::_foreach_add_(averages, values, 1 - decay);
}

TORCH_LIBRARY_IMPL(coatrack, CompositeExplicitAutograd, m) {
  m.impl("adamw", adamw);
  m.impl("sgd", sgd);
  m.impl("rmsprop", rmsprop);
  m.impl("moving_averages", movingAverages);
}

}  // namespace
}  // namespace coatrack
