#pragma once

#include <cstddef>

namespace coatrack {

struct MemoryStatistics {
  size_t allocated;  // bytes of live CPU tensors
  size_t cached;     // bytes kept for reuse
  size_t peak;       // most bytes allocated at once since resetPeak
};

/**
 * Puts a caching allocator under libtorch's CPU tensors. Training allocates and frees the same large
 * blocks every step; from the system each would come as fresh pages to be zeroed and faulted in again.
 */
void installAllocator();
MemoryStatistics memoryStatistics();
void resetPeak();
void releaseCached();

}  // namespace coatrack
