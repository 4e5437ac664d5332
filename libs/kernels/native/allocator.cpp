#include "allocator.h"

#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <new>

namespace coatrack {
namespace {

constexpr size_t alignment = 64;
constexpr size_t page = 4096;
/** Minimum size of allocations from the system, each a multiple of a huge page. */
constexpr size_t smallestRegion = size_t{64} << 20;
constexpr size_t hugePage = size_t{2} << 20;
/** Smaller blocks are left to malloc, which reuses them well. */
constexpr size_t smallestManaged = size_t{64} << 10;

size_t roundUp(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

/** Header of every block. A region is a chain of blocks; idle neighbours are merged. */
struct alignas(alignment) Block {
  size_t size;  // of the whole block, including this header
  Block* before = nullptr;
  Block* after = nullptr;
  bool idle = false;
  bool managed = true;
};

class BlockCache {
 public:
  void* take(size_t bytes) {
    const size_t size = bytes + sizeof(Block);
    const std::lock_guard<std::mutex> lock(mutex_);
    Block* block = size < smallestManaged ? fromMalloc(roundUp(size, alignment)) : fit(roundUp(size, page));
    TORCH_CHECK(block != nullptr, "out of memory: ", bytes, " bytes cannot be allocated in addition to ", allocated_, " in use");
    allocated_ += block->size;
    peak_ = std::max(peak_, allocated_);
    return block + 1;
  }

  void give(void* data) {
    Block* block = static_cast<Block*>(data) - 1;
    const std::lock_guard<std::mutex> lock(mutex_);
    allocated_ -= block->size;
    if (!block->managed) return std::free(block);
    if (block->after != nullptr && block->after->idle) absorbNext(block);
    if (block->before != nullptr && block->before->idle) {
      block = block->before;
      absorbNext(block, block);
    }
    makeIdle(block);
  }

  /** Returns regions without tensors to the system. */
  void release() {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto entry = idle_.begin(); entry != idle_.end();) {
      Block* block = entry->second;
      const bool whole = block->before == nullptr && block->after == nullptr;
      entry = whole ? idle_.erase(entry) : std::next(entry);
      if (whole) {
        reserved_ -= block->size;
        munmap(block, block->size);
      }
    }
    peak_ = allocated_;
  }

  MemoryStatistics statistics() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return {allocated_, reserved_, peak_};
  }

 private:
  static Block* fromMalloc(size_t size) {
    void* memory = std::aligned_alloc(alignment, size);
    return memory == nullptr ? nullptr : new (memory) Block{.size = size, .managed = false};
  }

  /** Takes the smallest idle block that is large enough and splits off the excess as a new block. */
  Block* fit(size_t size) {
    auto found = idle_.lower_bound(size);
    if (found == idle_.end()) {
      if (!grow(size)) return nullptr;
      found = idle_.lower_bound(size);
    }
    Block* block = found->second;
    idle_.erase(found);
    block->idle = false;
    if (block->size - size >= smallestManaged) split(block, size);
    return block;
  }

  bool grow(size_t size) {
    const size_t bytes = std::max(smallestRegion, roundUp(size, hugePage));
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return false;
    madvise(memory, bytes, MADV_HUGEPAGE);
    reserved_ += bytes;
    makeIdle(new (memory) Block{.size = bytes});
    return true;
  }

  void split(Block* block, size_t size) {
    auto* rest = new (reinterpret_cast<char*>(block) + size) Block{.size = block->size - size, .before = block, .after = block->after};
    if (rest->after != nullptr) rest->after->before = rest;
    block->after = rest;
    block->size = size;
    makeIdle(rest);
  }

  void makeIdle(Block* block) {
    block->idle = true;
    idle_.emplace(block->size, block);
  }

  void removeIdle(Block* block) {
    auto [entry, end] = idle_.equal_range(block->size);
    while (entry != end && entry->second != block) ++entry;
    idle_.erase(entry);
    block->idle = false;
  }

  /** Merges a block with its successor; removes either from the list of idle blocks if it was idle. */
  void absorbNext(Block* block, Block* idleOne = nullptr) {
    removeIdle(idleOne == nullptr ? block->after : idleOne);
    block->size += block->after->size;
    block->after = block->after->after;
    if (block->after != nullptr) block->after->before = block;
  }

  std::mutex mutex_;
  std::multimap<size_t, Block*> idle_;
  size_t allocated_ = 0;
  size_t reserved_ = 0;
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

/** Overrides c10's virtual functions with the signatures of all releases from 1.13 on. */
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
void releaseMemory() { cache().release(); }

}  // namespace coatrack
