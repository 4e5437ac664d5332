#pragma once

#include "elementwise.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <vector>

/** Many tensors of various sizes, walked as one: threads share them all instead of taking turns with each. */
namespace coatrack {

/** A range of one tensor's values, in the order of memory. */
struct Piece {
  size_t tensor;
  int64_t begin, end;
};

/** Small enough that threads end together, and that a piece's memory stays cached between two passes over it. */
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

/** The tensor's values in the strides of another, so that both can be walked as flat memory. */
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

/** Gives a tensor that is to be written to the strides of another, for good: everyone who holds it sees the new ones. */
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
    TORCH_CHECK(tensor.scalar_type() == c10::ScalarType::Float && tensor.is_non_overlapping_and_dense(), "dense float32 tensors are needed");
    pointers.push_back(tensor.data_ptr<float>());
  }
  return pointers;
}

}  // namespace coatrack
