#pragma once

#include <cstddef>

namespace coatrack {

struct MemoryStatistics {
  size_t allocated;  // bytes of live CPU tensors
  size_t reserved;   // bytes that were asked of the system in large pieces and not given back
  size_t peak;       // most bytes allocated at once since releaseMemory
};

/**
 * Puts an allocator that keeps its memory under libtorch's CPU tensors. Training allocates and frees the same large
 * blocks every step; from the system each would come as fresh pages to be zeroed and faulted in again.
 */
void installAllocator();
/** Of the process: what all threads' tensors take together. */
MemoryStatistics memoryStatistics();
/** Gives what no tensor uses back to the system. */
void releaseMemory();

}  // namespace coatrack
