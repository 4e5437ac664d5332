#include "allocator.h"

#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

namespace coatrack {
namespace {

constexpr size_t alignment = 64;
constexpr size_t hugePage = size_t{2} << 20;
/** Smaller blocks are left to malloc, which reuses them well. */
constexpr size_t smallestCached = size_t{256} << 10;

/** Stands in front of every block, so that a block alone says how it is freed. */
struct alignas(alignment) Header {
  size_t size;  // of the whole block, header included
};

class BlockCache {
 public:
  void* take(size_t bytes) {
    const size_t size = rounded(bytes + sizeof(Header));
    const std::lock_guard<std::mutex> lock(mutex_);
    Header* block = size < smallestCached ? small(size) : large(size);
    if (block == nullptr && !idle_.empty()) {
      release();
      block = large(size);
    }
    TORCH_CHECK(block != nullptr, "out of memory: ", bytes, " bytes can't be allocated beside ", allocated_, " in use");
    allocated_ += block->size;
    peak_ = std::max(peak_, allocated_);
    return block + 1;
  }

  void give(void* data) {
    Header* block = static_cast<Header*>(data) - 1;
    const std::lock_guard<std::mutex> lock(mutex_);
    allocated_ -= block->size;
    if (block->size < smallestCached) {
      std::free(block);
    } else {
      idle_.emplace(block->size, block);
      cached_ += block->size;
    }
  }

  void release() {
    for (const auto& entry : idle_) munmap(entry.second, entry.first);
    idle_.clear();
    cached_ = 0;
  }

  void releaseLocked() {
    const std::lock_guard<std::mutex> lock(mutex_);
    release();
  }

  void resetPeak() {
    const std::lock_guard<std::mutex> lock(mutex_);
    peak_ = allocated_;
  }

  MemoryStatistics statistics() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return {allocated_, cached_, peak_};
  }

 private:
  /** Eight sizes between two powers of two: blocks fit each other again, and at most an eighth is wasted. */
  static size_t rounded(size_t size) {
    if (size < smallestCached) return (size + alignment - 1) / alignment * alignment;
    size_t step = smallestCached / 8;
    while (step * 16 < size) step *= 2;
    return (size + step - 1) / step * step;
  }

  static Header* small(size_t size) {
    auto* block = static_cast<Header*>(std::aligned_alloc(alignment, size));
    if (block != nullptr) block->size = size;
    return block;
  }

  Header* large(size_t size) {
    const auto found = idle_.lower_bound(size);
    if (found != idle_.end() && found->first <= size + size / 4) {
      Header* block = found->second;
      cached_ -= found->first;
      idle_.erase(found);
      return block;
    }
    // What lies idle must not grow the process beyond its peak: make room from the largest blocks down.
    while (!idle_.empty() && allocated_ + cached_ + size > peak_ + peak_ / 8) {
      const auto largest = std::prev(idle_.end());
      munmap(largest->second, largest->first);
      cached_ -= largest->first;
      idle_.erase(largest);
    }
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    if (size >= hugePage) madvise(memory, size, MADV_HUGEPAGE);
    auto* block = static_cast<Header*>(memory);
    block->size = size;
    return block;
  }

  std::mutex mutex_;
  std::multimap<size_t, Header*> idle_;
  size_t allocated_ = 0;
  size_t cached_ = 0;
  size_t peak_ = 0;
};

/** Never destroyed: tensors may outlive every other static object when the process ends. */
BlockCache& cache() {
  static auto* blocks = new BlockCache();
  return *blocks;
}

void give(void* data) {
  if (data != nullptr) cache().give(data);
}

/** Overrides c10's virtual functions in each form that releases from 1.13 on declare them. */
class CachingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) const {
    void* data = bytes == 0 ? nullptr : cache().take(bytes);
    return {data, data, give, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DataPtr allocate(size_t bytes) { return static_cast<const CachingAllocator*>(this)->allocate(bytes); }
  void copy_data(void* to, const void* from, size_t bytes) const { std::memcpy(to, from, bytes); }
  c10::DeleterFnPtr raw_deleter() const override { return give; }
};

}  // namespace

void installAllocator() {
  static CachingAllocator allocator;
  c10::SetCPUAllocator(&allocator, 255);
}

MemoryStatistics memoryStatistics() { return cache().statistics(); }
void resetPeak() { cache().resetPeak(); }
void releaseCached() { cache().releaseLocked(); }

}  // namespace coatrack
