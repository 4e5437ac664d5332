// Optimizer updates of one parameter in one pass over memory.
#include "elementwise.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/addcdiv.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace coatrack {
namespace {

using at::Tensor;

constexpr int64_t grain = 1 << 16;

/** The gradient in the parameter's own strides, so that both can be walked as flat memory. */
Tensor alike(const Tensor& tensor, const Tensor& parameter) {
  if (tensor.strides() == parameter.strides() && tensor.scalar_type() == parameter.scalar_type()) return tensor;
  Tensor copy = at::empty_like(parameter);
  copy.copy_(tensor);
  return copy;
}

std::tuple<Tensor, Tensor, Tensor> adamw(const Tensor& parameter, const Tensor& gradient, const Tensor& first, const Tensor& second,
                                         double learningRate, double gradientScale, double weightDecay, double beta1, double beta2, double epsilon, int64_t step) {
  const Tensor p = dense(parameter);
  const Tensor g = alike(gradient, p), m = alike(first, p), v = alike(second, p);
  Tensor nextP = at::empty_like(p), nextM = at::empty_like(p), nextV = at::empty_like(p);
  const float keep = static_cast<float>(1 - learningRate * weightDecay);
  const float stride = static_cast<float>(learningRate / (1 - std::pow(beta1, step)));
  const float unbias = static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, step)));
  const float b1 = static_cast<float>(beta1), b2 = static_cast<float>(beta2), eps = static_cast<float>(epsilon), scale = static_cast<float>(gradientScale);
  const float *pp = p.data_ptr<float>(), *gp = g.data_ptr<float>(), *mp = m.data_ptr<float>(), *vp = v.data_ptr<float>();
  float *po = nextP.data_ptr<float>(), *mo = nextM.data_ptr<float>(), *vo = nextV.data_ptr<float>();
  at::parallel_for(0, p.numel(), grain, [=](int64_t begin, int64_t end) {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) {
      const float grad = gp[i] * scale;
      const float moment = b1 * mp[i] + (1 - b1) * grad;
      const float square = b2 * vp[i] + (1 - b2) * grad * grad;
      mo[i] = moment;
      vo[i] = square;
      po[i] = pp[i] * keep - stride * moment / (std::sqrt(square) * unbias + eps);
    }
  });
  return {nextP, nextM, nextV};
}

std::tuple<Tensor, Tensor> sgd(const Tensor& parameter, const Tensor& gradient, const Tensor& velocity,
                               double learningRate, double gradientScale, double weightDecay, double momentum, bool nesterov) {
  const Tensor p = dense(parameter);
  const Tensor g = alike(gradient, p), v = alike(velocity, p);
  Tensor nextP = at::empty_like(p), nextV = at::empty_like(p);
  const float rate = static_cast<float>(learningRate), scale = static_cast<float>(gradientScale), decay = static_cast<float>(weightDecay), mu = static_cast<float>(momentum);
  // nesterov: g + μv, else v alone
  const float ofGradient = nesterov ? 1 : 0, ofVelocity = nesterov ? mu : 1;
  const float *pp = p.data_ptr<float>(), *gp = g.data_ptr<float>(), *vp = v.data_ptr<float>();
  float *po = nextP.data_ptr<float>(), *vo = nextV.data_ptr<float>();
  at::parallel_for(0, p.numel(), grain, [=](int64_t begin, int64_t end) {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) {
      const float grad = gp[i] * scale + decay * pp[i];
      const float speed = mu * vp[i] + grad;
      vo[i] = speed;
      po[i] = pp[i] - rate * (ofGradient * grad + ofVelocity * speed);
    }
  });
  return {nextP, nextV};
}

/** The square root of the sum of the squares of all values in all tensors, summed in double precision per piece. */
Tensor globalNorm(at::TensorList tensors) {
  double total = 0;
  for (const Tensor& tensor : tensors) {
    const Tensor flat = dense(tensor);
    const float* values = flat.data_ptr<float>();
    total += at::parallel_reduce(
        int64_t{0}, flat.numel(), grain, 0.0,
        [=](int64_t begin, int64_t end, double sum) {
          for (int64_t first = begin; first < end; first += 4096) {
            float squares = 0;
#pragma omp simd reduction(+ : squares)
            for (int64_t i = first; i < std::min(end, first + 4096); ++i) squares += values[i] * values[i];
            sum += squares;
          }
          return sum;
        },
        [](double a, double b) { return a + b; });
  }
  return at::full({}, std::sqrt(total), tensors[0].options());
}

/** The same by ATen's operators, for devices that have no kernel of ours. */
std::tuple<Tensor, Tensor, Tensor> adamwAnywhere(const Tensor& parameter, const Tensor& gradient, const Tensor& first, const Tensor& second,
                                                 double learningRate, double gradientScale, double weightDecay, double beta1, double beta2, double epsilon, int64_t step) {
  const Tensor g = gradient * gradientScale;
  const Tensor m = first * beta1 + g * (1 - beta1);
  const Tensor v = second * beta2 + g * g * (1 - beta2);
  const Tensor deviation = v.sqrt() / std::sqrt(1 - std::pow(beta2, step)) + epsilon;
  const Tensor p = at::addcdiv(parameter * (1 - learningRate * weightDecay), m, deviation, -learningRate / (1 - std::pow(beta1, step)));
  return {p, m, v};
}

std::tuple<Tensor, Tensor> sgdAnywhere(const Tensor& parameter, const Tensor& gradient, const Tensor& velocity,
                                       double learningRate, double gradientScale, double weightDecay, double momentum, bool nesterov) {
  const Tensor g = gradient * gradientScale + parameter * weightDecay;
  const Tensor v = velocity * momentum + g;
  return {parameter - (nesterov ? g + v * momentum : v) * learningRate, v};
}

Tensor globalNormAnywhere(at::TensorList tensors) {
  Tensor total = at::zeros({}, tensors[0].options());
  for (const Tensor& tensor : tensors) total = total + tensor.square().sum();
  return total.sqrt();
}

TORCH_LIBRARY_FRAGMENT(coatrack, m) {
  m.def("global_norm(Tensor[] tensors) -> Tensor");
  m.def("adamw(Tensor parameter, Tensor gradient, Tensor first, Tensor second, float learning_rate, float gradient_scale, float weight_decay, float beta1, float beta2, float epsilon, int step) -> (Tensor, Tensor, Tensor)");
  m.def("sgd(Tensor parameter, Tensor gradient, Tensor velocity, float learning_rate, float gradient_scale, float weight_decay, float momentum, bool nesterov) -> (Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(coatrack, CPU, m) {
  m.impl("adamw", adamw);
  m.impl("sgd", sgd);
  m.impl("global_norm", globalNorm);
}

TORCH_LIBRARY_IMPL(coatrack, CompositeExplicitAutograd, m) {
  m.impl("adamw", adamwAnywhere);
  m.impl("sgd", sgdAnywhere);
  m.impl("global_norm", globalNormAnywhere);
}

}  // namespace
}  // namespace coatrack
