// A step of an optimizer: all parameters in one call, in place, with the global norm of their gradients.
#include "parameter_pieces.h"

#include <ATen/ops/full.h>
#include <torch/library.h>

#include <cmath>
#include <numeric>

namespace coatrack {
namespace {

using at::Tensor;
using at::TensorList;

/** Returns the Euclidean norm, summed piece by piece in a fixed order, so that it does not depend on the number of threads. */
double globalNorm(const std::vector<float*>& tensors, const std::vector<Piece>& pieces) {
  constexpr int64_t block = 1024;
  std::vector<double> sums(pieces.size());
  eachPiece(pieces, [&](int64_t index) {
    const auto [tensor, begin, end] = pieces[index];
    const float* values = tensors[tensor];
    double sum = 0;
    for (int64_t first = begin; first < end; first += block) {
      const int64_t last = std::min(end, first + block);
      float squares = 0;
#pragma omp simd reduction(+ : squares)
      for (int64_t i = first; i < last; ++i) squares += values[i] * values[i];
      sum += squares;
    }
    sums[index] = sum;
  });
  return std::sqrt(std::accumulate(sums.begin(), sums.end(), 0.0));
}

/**
 * Runs update(piece, gradient, gradientScale) for every piece of every parameter, with the gradient in the parameter's
 * layout, unless the norm of the gradients is not finite. Shared by all optimizers.
 * @param states the optimizer's lists of tensors, each shaped like the parameters
 * @returns the norm
 */
template <typename Update>
Tensor step(TensorList parameters, TensorList gradients, std::initializer_list<TensorList> states, at::ArrayRef<double> learningRate, double clipNorm, at::ArrayRef<double> weightDecay, Update update) {
  TORCH_CHECK(!parameters.empty(), "there are no parameters");
  TORCH_CHECK(learningRate.size() == parameters.size(), learningRate.size(), " learning rates for ", parameters.size(), " parameters");
  TORCH_CHECK(weightDecay.size() == parameters.size(), weightDecay.size(), " weight decays for ", parameters.size(), " parameters");
  for (const TensorList state : states) layOutAlike(state, parameters);
  const std::vector<Tensor> laidOut = alike(gradients, parameters);
  const std::vector<float*> values = pointersOf(laidOut);
  const std::vector<Piece> pieces = piecesOf(parameters);
  const double norm = globalNorm(values, pieces);
  if (std::isfinite(norm)) {
    const float scale = static_cast<float>(clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1);
    eachPiece(pieces, [&](int64_t index) { update(pieces[index], values[pieces[index].tensor], scale); });
  }
  return at::full({}, norm, parameters[0].options());
}

Tensor adamw(TensorList parameters, TensorList gradients, TensorList firstMoments, TensorList secondMoments,
             at::ArrayRef<double> learningRate, double clipNorm, at::ArrayRef<double> weightDecay, double beta1, double beta2, double epsilon, int64_t count) {
  const double debiased = 1 - std::pow(beta1, count);
  const float unbias = static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, count)));
  const float b1 = static_cast<float>(beta1), b2 = static_cast<float>(beta2), eps = static_cast<float>(epsilon);
  const auto states = {firstMoments, secondMoments};
  const std::vector<float*> p = pointersOf(parameters);
  return step(parameters, gradients, states, learningRate, clipNorm, weightDecay, [&](const Piece& piece, const float* gradient, float scale) {
    const double rate = learningRate[piece.tensor];
    const float stride = static_cast<float>(rate / debiased);
    const float keep = static_cast<float>(1 - rate * weightDecay[piece.tensor]);
    float* parameter = p[piece.tensor];
    float* first = firstMoments[piece.tensor].data_ptr<float>();
    float* second = secondMoments[piece.tensor].data_ptr<float>();
#pragma omp simd
    for (int64_t i = piece.begin; i < piece.end; ++i) {
      const float g = gradient[i] * scale;
      const float moment = b1 * first[i] + (1 - b1) * g;
      const float square = b2 * second[i] + (1 - b2) * g * g;
      first[i] = moment;
      second[i] = square;
      parameter[i] = parameter[i] * keep - stride * moment / (std::sqrt(square) * unbias + eps);
    }
  });
}

Tensor sgd(TensorList parameters, TensorList gradients, TensorList velocities,
           at::ArrayRef<double> learningRate, double clipNorm, at::ArrayRef<double> weightDecay, double momentum, bool nesterov) {
  const float mu = static_cast<float>(momentum);
  // nesterov: g + μv, otherwise v
  const float ofGradient = nesterov ? 1 : 0, ofVelocity = nesterov ? mu : 1;
  const std::vector<float*> p = pointersOf(parameters);
  return step(parameters, gradients, {velocities}, learningRate, clipNorm, weightDecay, [&](const Piece& piece, const float* gradient, float scale) {
    const float rate = static_cast<float>(learningRate[piece.tensor]);
    const float decay = static_cast<float>(weightDecay[piece.tensor]);
    float* parameter = p[piece.tensor];
    float* velocity = velocities[piece.tensor].data_ptr<float>();
#pragma omp simd
    for (int64_t i = piece.begin; i < piece.end; ++i) {
      const float g = gradient[i] * scale + decay * parameter[i];
      const float speed = mu * velocity[i] + g;
      velocity[i] = speed;
      parameter[i] -= rate * (ofGradient * g + ofVelocity * speed);
    }
  });
}

Tensor rmsprop(TensorList parameters, TensorList gradients, TensorList meanSquares, TensorList momenta,
               at::ArrayRef<double> learningRate, double clipNorm, at::ArrayRef<double> weightDecay, double rho, double momentum, double epsilon) {
  const float mu = static_cast<float>(momentum);
  const float keep = static_cast<float>(rho), eps = static_cast<float>(epsilon);
  const std::vector<float*> p = pointersOf(parameters);
  return step(parameters, gradients, {meanSquares, momenta}, learningRate, clipNorm, weightDecay, [&](const Piece& piece, const float* gradient, float scale) {
    const float rate = static_cast<float>(learningRate[piece.tensor]);
    const float decay = static_cast<float>(weightDecay[piece.tensor]);
    float* parameter = p[piece.tensor];
    float* meanSquare = meanSquares[piece.tensor].data_ptr<float>();
    float* moved = momenta[piece.tensor].data_ptr<float>();
#pragma omp simd
    for (int64_t i = piece.begin; i < piece.end; ++i) {
      const float g = gradient[i] * scale + decay * parameter[i];
      const float square = keep * meanSquare[i] + (1 - keep) * g * g;
      const float move = mu * moved[i] + rate * g / std::sqrt(square + eps);
      meanSquare[i] = square;
      moved[i] = move;
      parameter[i] -= move;
    }
  });
}

void movingAverages(TensorList averages, TensorList values, double decay) {
  layOutAlike(averages, values);
  const float share = static_cast<float>(1 - decay);
  const std::vector<float*> to = pointersOf(averages), from = pointersOf(values);
  const std::vector<Piece> pieces = piecesOf(averages);
  eachPiece(pieces, [&](int64_t index) {
    const Piece& piece = pieces[index];
    float* average = to[piece.tensor];
    const float* value = from[piece.tensor];
#pragma omp simd
    for (int64_t i = piece.begin; i < piece.end; ++i) average[i] -= share * (average[i] - value[i]);
  });
}

TORCH_LIBRARY_FRAGMENT(coatrack, m) {
  m.def("adamw(Tensor(a!)[] parameters, Tensor[] gradients, Tensor(b!)[] first_moments, Tensor(c!)[] second_moments, float[] learning_rate, float clip_norm, float[] weight_decay, float beta1, float beta2, float epsilon, int step) -> Tensor");
  m.def("sgd(Tensor(a!)[] parameters, Tensor[] gradients, Tensor(b!)[] velocities, float[] learning_rate, float clip_norm, float[] weight_decay, float momentum, bool nesterov) -> Tensor");
  m.def("rmsprop(Tensor(a!)[] parameters, Tensor[] gradients, Tensor(b!)[] mean_squares, Tensor(c!)[] momenta, float[] learning_rate, float clip_norm, float[] weight_decay, float rho, float momentum, float epsilon) -> Tensor");
  m.def("moving_averages(Tensor(a!)[] averages, Tensor[] values, float decay) -> ()");
}

TORCH_LIBRARY_IMPL(coatrack, CPU, m) {
  m.impl("adamw", adamw);
  m.impl("sgd", sgd);
  m.impl("rmsprop", rmsprop);
  m.impl("moving_averages", movingAverages);
}

}  // namespace
}  // namespace coatrack
