#pragma once

#include "vector.h"

#include <ATen/core/Tensor.h>

/** Activations and helpers of the kernels that apply them. */
namespace coatrack {

enum class Activation : int64_t { None = 0, Silu = 1, Gelu = 2, Relu = 3 };

inline Vector sigmoid(Vector x) { return reciprocal(1.0f + exponential(-x)); }

/** Φ(x), the normal distribution, by Abramowitz & Stegun 7.1.26: within 1e-7. @param density receives φ(x) */
inline Vector normalCdf(Vector x, Vector& density) {
  const Vector z = x < 0.0f ? -x : x;
  const Vector e = exponential(-0.5f * x * x);
  density = 0.3989422804f * e;
  const Vector t = reciprocal(1.0f + 0.2316418882f * z);
  Vector p = 1.061405429f * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const Vector tail = 0.5f * p * t * e;
  return x < 0.0f ? tail : 1.0f - tail;
}

template <Activation activation>
inline Vector activate(Vector u) {
  if constexpr (activation == Activation::Silu) return u * sigmoid(u);
  if constexpr (activation == Activation::Gelu) {
    Vector density;
    return u * normalCdf(u, density);
  }
  if constexpr (activation == Activation::Relu) return u > 0.0f ? u : Vector{};
  return u;
}

/** The activation's derivative at u. */
template <Activation activation>
inline Vector slope(Vector u) {
  if constexpr (activation == Activation::Silu) {
    const Vector s = sigmoid(u);
    return s + u * s * (1.0f - s);
  }
  if constexpr (activation == Activation::Gelu) {
    Vector density;
    const Vector cdf = normalCdf(u, density);
    return cdf + u * density;
  }
  if constexpr (activation == Activation::Relu) return u > 0.0f ? Vector{} + 1.0f : Vector{};
  return Vector{} + 1.0f;
}

/** Calls body with the storage type and an activation that may follow a norm, as compile-time constants. */
template <typename Body>
void specialised(const at::Tensor& x, int64_t activation, Body body) {
  const auto typed = [&](auto sample) {
    using T = decltype(sample);
    switch (static_cast<Activation>(activation)) {
      case Activation::None: return body.template operator()<T, Activation::None>();
      case Activation::Silu: return body.template operator()<T, Activation::Silu>();
      case Activation::Gelu: return body.template operator()<T, Activation::Gelu>();
      default: break;
    }
    TORCH_CHECK(false, "no kernel for activation number ", activation);
  };
  switch (x.scalar_type()) {
    case c10::ScalarType::Float: return typed(float());
    case c10::ScalarType::BFloat16: return typed(c10::BFloat16());
    default: TORCH_CHECK(false, "the type must be float32 or bfloat16, not ", x.scalar_type());
  }
}

/** Returns a tensor that can be iterated as flat memory, whatever the order of its axes. */
inline at::Tensor dense(const at::Tensor& x) { return x.is_non_overlapping_and_dense() ? x : x.contiguous(); }

}  // namespace coatrack
