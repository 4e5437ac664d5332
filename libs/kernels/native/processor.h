#pragma once

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace coatrack {

/** Returns whether this processor multiplies bfloat16 in hardware (avx512_bf16 or AMX). */
inline bool hasBfloat16() {
#ifdef __x86_64__
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & (1u << 22))) return true;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & (1u << 5));
#else
  return false;
#endif
}

}  // namespace coatrack
