#pragma once

#include "elementwise.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <vector>

/** Iterates many tensors of various sizes as one, so that threads share all of them instead of each in turn. */
namespace coatrack {

/** A range of one tensor's values, in memory order. */
struct Piece {
  size_t tensor;
  int64_t begin, end;
};

/** Small enough that threads end together and that a piece stays in cache between two passes. */
constexpr int64_t pieceFloats = 1 << 14;

inline std::vector<Piece> piecesOf(at::TensorList tensors) {
  std::vector<Piece> pieces;
  for (size_t tensor = 0; tensor < tensors.size(); ++tensor) {
    const int64_t count = tensors[tensor].numel();
    for (int64_t begin = 0; begin < count; begin += pieceFloats) {
      pieces.push_back({tensor, begin, std::min(count, begin + pieceFloats)});
    }
  }
  return pieces;
}

/** Calls body(index of the piece) for each, on all threads. */
template <typename Body>
void eachPiece(const std::vector<Piece>& pieces, Body body) {
  at::parallel_for(0, static_cast<int64_t>(pieces.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) body(i);
  });
}

/** Returns the tensor with the strides of another, so that both can be iterated as flat memory. */
inline at::Tensor alike(const at::Tensor& tensor, const at::Tensor& model) {
  TORCH_CHECK(tensor.sizes() == model.sizes(), "shapes differ: ", tensor.sizes(), " and ", model.sizes());
  if (tensor.strides() == model.strides() && tensor.scalar_type() == model.scalar_type()) return tensor;
  at::Tensor copy = at::empty_like(model);
  copy.copy_(tensor);
  return copy;
}

inline std::vector<at::Tensor> alike(at::TensorList tensors, at::TensorList models) {
  TORCH_CHECK(tensors.size() == models.size(), tensors.size(), " tensors for ", models.size());
  std::vector<at::Tensor> result;
  for (size_t i = 0; i < tensors.size(); ++i) result.push_back(alike(tensors[i], models[i]));
  return result;
}

/** Changes the strides of a tensor to those of another before it is written to; all its handles see the new strides. */
inline void layOutAlike(at::TensorList tensors, at::TensorList models) {
  TORCH_CHECK(tensors.size() == models.size(), tensors.size(), " tensors for ", models.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const at::Tensor laidOut = alike(tensors[i], models[i]);
    if (!laidOut.is_same(tensors[i])) at::Tensor(tensors[i]).set_(laidOut);
  }
}

inline std::vector<float*> pointersOf(at::TensorList tensors) {
  std::vector<float*> pointers;
  for (const at::Tensor& tensor : tensors) {
    TORCH_CHECK(tensor.scalar_type() == c10::ScalarType::Float && tensor.is_non_overlapping_and_dense(), "tensors must be dense float32");
    pointers.push_back(tensor.data_ptr<float>());
  }
  return pointers;
}

}  // namespace coatrack
