#pragma once

#include <cstddef>

namespace coatrack {

struct MemoryStatistics {
  size_t allocated;  // bytes of live CPU tensors
  size_t reserved;   // bytes allocated from the system in large pieces and not returned
  size_t peak;       // maximum of allocated since releaseMemory
};

/**
 * Installs an allocator for libtorch's CPU tensors that keeps its memory. Training allocates and frees the same large
 * blocks every step; fresh pages from the system would have to be zeroed and faulted in each time.
 */
void installAllocator();
/** Returns the memory of all tensors of the process. */
MemoryStatistics memoryStatistics();
/** Returns unused memory to the system. */
void releaseMemory();

}  // namespace coatrack
