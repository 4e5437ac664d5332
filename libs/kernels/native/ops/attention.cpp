// Softmax attention with a bias for each pair of positions: softmax(q·kᵀ/√headDim + bias)·v, one head at a time in cache.
#include "elementwise.h"
#include "small_gemm.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/_softmax.h>
#include <ATen/ops/_softmax_backward_data.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>
#include <torch/library.h>

#include <cmath>
#include <tuple>
#include <vector>

namespace coatrack {
namespace {

using at::Tensor;

/** Positions of one head's query, key and value in qkv [batch, positions, heads, 3, headDim]. */
struct Shape {
  int64_t batch, positions, heads, headDim;

  Shape(const Tensor& qkv, int64_t heads, int64_t headDim)
      : batch(qkv.size(0)), positions(qkv.numel() / (qkv.size(0) * heads * 3 * headDim)), heads(heads), headDim(headDim) {
    TORCH_CHECK(headDim % lanes == 0, "the width of a head must be a multiple of ", lanes, ", not ", headDim);
  }

  int64_t qkvRow() const { return heads * 3 * headDim; }
  int64_t outputRow() const { return heads * headDim; }
  int64_t qkvStart(int64_t b, int64_t head) const { return b * positions * qkvRow() + head * 3 * headDim; }
  int64_t outputStart(int64_t b, int64_t head) const { return b * positions * outputRow() + head * headDim; }
  /** Scores of a row, padded to whole vectors. */
  int64_t scoresRow() const { return padded(positions); }
};

/** Transposes one head's keys or values to [headDim, positions], zero-padded to whole vectors. */
void transpose(const float* rows, int64_t row, const Shape& shape, float* columns) {
  const int64_t width = shape.scoresRow();
  for (int64_t d = 0; d < shape.headDim; ++d) {
    for (int64_t i = 0; i < shape.positions; ++i) columns[d * width + i] = rows[i * row + d];
    for (int64_t i = shape.positions; i < width; ++i) columns[d * width + i] = 0;
  }
}

/** Computes probabilities [positions, scoresRow] of one head; transposed is scratch memory for [headDim, scoresRow]. */
void attend(const float* qkv, const float* bias, const Shape& shape, float* transposed, float* probabilities) {
  const int64_t width = shape.scoresRow(), positions = shape.positions;
  const float scale = 1.0f / std::sqrt(static_cast<float>(shape.headDim));
  transpose(qkv + shape.headDim, shape.qkvRow(), shape, transposed);
  multiply(positions, width, shape.headDim, {qkv, shape.qkvRow(), 1}, transposed, width, probabilities, width);
  for (int64_t i = 0; i < positions; ++i) {
    float* row = probabilities + i * width;
    const float* offset = bias + i * positions;
    float largest = -INFINITY;
#pragma omp simd reduction(max : largest)
    for (int64_t j = 0; j < positions; ++j) {
      row[j] = row[j] * scale + offset[j];
      largest = row[j] > largest ? row[j] : largest;
    }
    eachVector(positions, [=](int64_t j, auto n) { store(row + j, exponential(load(row + j, n) - largest), n); });
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < positions; ++j) sum += row[j];
    const float share = 1.0f / sum;
#pragma omp simd
    for (int64_t j = 0; j < positions; ++j) row[j] *= share;
  }
}

Tensor forwardCpu(const Tensor& input, const Tensor& biases, int64_t heads, int64_t headDim) {
  const Tensor qkv = input.to(c10::ScalarType::Float).contiguous(), bias = biases.to(c10::ScalarType::Float).contiguous();
  const Shape shape(qkv, heads, headDim);
  auto sizes = qkv.sizes().vec();
  sizes.back() = shape.outputRow();
  Tensor y = at::empty(sizes, qkv.options());
  const float* from = qkv.data_ptr<float>();
  const float* offsets = bias.data_ptr<float>();
  float* to = y.data_ptr<float>();
  at::parallel_for(0, shape.batch * heads, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> transposed(headDim * shape.scoresRow()), probabilities(shape.positions * shape.scoresRow());
    for (int64_t index = begin; index < end; ++index) {
      const int64_t b = index / heads, head = index % heads;
      const float* one = from + shape.qkvStart(b, head);
      attend(one, offsets + head * shape.positions * shape.positions, shape, transposed.data(), probabilities.data());
      const Strided left{probabilities.data(), shape.scoresRow(), 1};
      multiply(shape.positions, headDim, shape.positions, left, one + 2 * headDim, shape.qkvRow(), to + shape.outputStart(b, head), shape.outputRow());
    }
  });
  return y;
}

std::tuple<Tensor, Tensor> backwardCpu(const Tensor& gradient, const Tensor& input, const Tensor& biases, int64_t heads, int64_t headDim) {
  const Tensor qkv = input.to(c10::ScalarType::Float).contiguous(), bias = biases.to(c10::ScalarType::Float).contiguous();
  const Tensor dy = gradient.to(c10::ScalarType::Float).contiguous();
  const Shape shape(qkv, heads, headDim);
  const int64_t positions = shape.positions, width = shape.scoresRow(), row = shape.qkvRow();
  const float scale = 1.0f / std::sqrt(static_cast<float>(headDim));
  Tensor dqkv = at::empty_like(qkv);
  Tensor dbias = at::zeros_like(bias);
  const float *from = qkv.data_ptr<float>(), *offsets = bias.data_ptr<float>(), *dys = dy.data_ptr<float>();
  float *to = dqkv.data_ptr<float>(), *dbiases = dbias.data_ptr<float>();
  // A thread takes all images of a head, so that the sum over images needs no locks.
  at::parallel_for(0, heads, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> transposed(headDim * width), probabilities(positions * width), scores(positions * width);
    float *p = probabilities.data(), *ds = scores.data();
    for (int64_t head = begin; head < end; ++head) {
      for (int64_t b = 0; b < shape.batch; ++b) {
        const float* one = from + shape.qkvStart(b, head);
        const float* dOut = dys + shape.outputStart(b, head);
        float* dOne = to + shape.qkvStart(b, head);
        attend(one, offsets + head * positions * positions, shape, transposed.data(), p);
        // dv = pᵀ·dy, dp = dy·vᵀ
        multiply(positions, headDim, positions, {p, 1, width}, dOut, shape.outputRow(), dOne + 2 * headDim, row);
        transpose(one + 2 * headDim, row, shape, transposed.data());
        multiply(positions, width, headDim, {dOut, shape.outputRow(), 1}, transposed.data(), width, ds, width);
        for (int64_t i = 0; i < positions; ++i) {
          float* dsRow = ds + i * width;
          const float* pRow = p + i * width;
          float* dbRow = dbiases + (head * positions + i) * positions;
          float mean = 0;
#pragma omp simd reduction(+ : mean)
          for (int64_t j = 0; j < positions; ++j) mean += dsRow[j] * pRow[j];
#pragma omp simd
          for (int64_t j = 0; j < positions; ++j) {
            const float d = pRow[j] * (dsRow[j] - mean);
            dbRow[j] += d;
            dsRow[j] = d * scale;
          }
        }
        // dq = ds·k, dk = dsᵀ·q
        multiply(positions, headDim, positions, {ds, width, 1}, one + headDim, row, dOne, row);
        multiply(positions, headDim, positions, {ds, 1, width}, one, row, dOne + headDim, row);
      }
    }
  });
  return {dqkv, dbias};
}

/** The same with ATen's operators, for devices without our kernels: part 0 is the query, 1 the key, 2 the value. */
Tensor part(const Tensor& qkv, const Shape& shape, int64_t index) {
  return qkv.reshape({shape.batch, shape.positions, shape.heads, 3, shape.headDim}).select(3, index).permute({0, 2, 1, 3});
}

Tensor probabilitiesAnywhere(const Tensor& qkv, const Tensor& bias, const Shape& shape) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(shape.headDim));
  return at::_softmax(at::matmul(part(qkv, shape, 0) * scale, part(qkv, shape, 1).transpose(-1, -2)) + bias, -1, false);
}

Tensor forwardAnywhere(const Tensor& qkv, const Tensor& bias, int64_t heads, int64_t headDim) {
  const Shape shape(qkv, heads, headDim);
  auto sizes = qkv.sizes().vec();
  sizes.back() = shape.outputRow();
  return at::matmul(probabilitiesAnywhere(qkv, bias, shape), part(qkv, shape, 2)).permute({0, 2, 1, 3}).reshape(sizes);
}

std::tuple<Tensor, Tensor> backwardAnywhere(const Tensor& gradient, const Tensor& qkv, const Tensor& bias, int64_t heads, int64_t headDim) {
  const Shape shape(qkv, heads, headDim);
  const double scale = 1.0 / std::sqrt(static_cast<double>(headDim));
  const Tensor dy = gradient.reshape({shape.batch, shape.positions, heads, headDim}).permute({0, 2, 1, 3});
  const Tensor p = probabilitiesAnywhere(qkv, bias, shape);
  const Tensor dp = at::matmul(dy, part(qkv, shape, 2).transpose(-1, -2));
  const Tensor ds = at::_softmax_backward_data(dp, p, -1, p.scalar_type());
  const Tensor dq = at::matmul(ds, part(qkv, shape, 1)) * scale;
  const Tensor dk = at::matmul(ds.transpose(-1, -2), part(qkv, shape, 0)) * scale;
  const Tensor dv = at::matmul(p.transpose(-1, -2), dy);
  const Tensor dqkv = at::stack({dq, dk, dv}, 3).permute({0, 2, 1, 3, 4}).reshape(qkv.sizes());
  return {dqkv, ds.sum(0, false).reshape(bias.sizes())};
}

TORCH_LIBRARY_FRAGMENT(coatrack, m) {
  m.def("attention(Tensor qkv, Tensor bias, int heads, int head_dim) -> Tensor");
  m.def("attention_grad(Tensor dy, Tensor qkv, Tensor bias, int heads, int head_dim) -> (Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(coatrack, CPU, m) {
  m.impl("attention", forwardCpu);
  m.impl("attention_grad", backwardCpu);
}

TORCH_LIBRARY_IMPL(coatrack, CompositeExplicitAutograd, m) {
  m.impl("attention", forwardAnywhere);
  m.impl("attention_grad", backwardAnywhere);
}

}  // namespace
}  // namespace coatrack
