#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <cstring>

/** Scalar functions written so that the compiler turns loops over them into vector code. */
namespace coatrack {

enum class Activation : int64_t { None = 0, Silu = 1, Gelu = 2 };

inline float bitsToFloat(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline uint32_t floatToBits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

/** eˣ within 2 ulp over the floats whose result is normal; clamped outside. NaN stays NaN. */
inline float expf32(float x) {
  x = x > 88.0f ? 88.0f : x;
  x = x < -87.0f ? -87.0f : x;
  // Adding 1.5·2²³ leaves the nearest integer in the low bits.
  const float shifted = x * 1.44269504088896341f + 12582912.0f;
  const float n = shifted - 12582912.0f;
  const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const float e = p * r * r + r + 1.0f;
  return bitsToFloat(floatToBits(e) + (floatToBits(shifted) << 23));
}

inline float sigmoid(float x) { return 1.0f / (1.0f + expf32(-x)); }

/** Φ(x), the normal distribution, by Abramowitz & Stegun 7.1.26: within 1e-7. @param density receives φ(x) */
inline float normalCdf(float x, float& density) {
  const float z = x < 0 ? -x : x;
  const float e = expf32(-0.5f * x * x);
  density = 0.3989422804f * e;
  const float t = 1.0f / (1.0f + 0.2316418882f * z);
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const float tail = 0.5f * p * t * e;
  return x < 0 ? tail : 1.0f - tail;
}

template <Activation activation>
inline float activate(float u) {
  if constexpr (activation == Activation::Silu) return u * sigmoid(u);
  if constexpr (activation == Activation::Gelu) {
    float density;
    return u * normalCdf(u, density);
  }
  return u;
}

/** The activation's derivative at u. */
template <Activation activation>
inline float slope(float u) {
  if constexpr (activation == Activation::Silu) {
    const float s = sigmoid(u);
    return s * (1.0f + u * (1.0f - s));
  }
  if constexpr (activation == Activation::Gelu) {
    float density;
    const float cdf = normalCdf(u, density);
    return cdf + u * density;
  }
  return 1.0f;
}

/** Reading and writing elements of a storage type as float. */
inline float load(float value) { return value; }
inline float load(c10::BFloat16 value) { return bitsToFloat(static_cast<uint32_t>(value.x) << 16); }

template <typename T>
inline T store(float value);
template <>
inline float store<float>(float value) {
  return value;
}
template <>
inline c10::BFloat16 store<c10::BFloat16>(float value) {
  const uint32_t bits = floatToBits(value);
  // To nearest, ties to even; NaN keeps a bit of its payload.
  const uint32_t rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  return c10::BFloat16(static_cast<uint16_t>(value != value ? (bits >> 16) | 0x40u : rounded), c10::BFloat16::from_bits());
}

/** Calls body with the activation and the storage type as compile-time constants. */
template <typename Body>
void specialised(const at::Tensor& x, int64_t activation, Body body) {
  const auto typed = [&](auto sample) {
    using T = decltype(sample);
    switch (static_cast<Activation>(activation)) {
      case Activation::None: return body.template operator()<T, Activation::None>();
      case Activation::Silu: return body.template operator()<T, Activation::Silu>();
      case Activation::Gelu: return body.template operator()<T, Activation::Gelu>();
    }
    TORCH_CHECK(false, "no activation has the number ", activation);
  };
  switch (x.scalar_type()) {
    case c10::ScalarType::Float: return typed(float());
    case c10::ScalarType::BFloat16: return typed(c10::BFloat16());
    default: TORCH_CHECK(false, "float32 or bfloat16 is needed, not ", x.scalar_type());
  }
}

/** Rows of channels: any leading axes, the last one contiguous. */
struct Rows {
  int64_t count;
  int64_t channels;
};

inline Rows rowsOf(const at::Tensor& x) {
  TORCH_CHECK(x.dim() >= 1 && x.numel() > 0, "an empty tensor has no statistics");
  return {x.numel() / x.size(-1), x.size(-1)};
}

}  // namespace coatrack
