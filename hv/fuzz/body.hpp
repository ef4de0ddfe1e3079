#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>

#include "fuzz/violation.hpp"
#include "v4v/abi.h"

namespace v4v::hv::fuzz {

/// The memory of a guest, and a mirror of what should be in it. Whatever the fuzzer changes it
/// changes in both, and whatever the core may change is changed in the mirror when it should be. So
/// the two are equal after every call, or the core wrote where it may not.
class body {
 public:
  static constexpr std::size_t pages = 12;
  static constexpr std::size_t size = pages * V4V_PAGE_SIZE;

  body()
      : memory_{static_cast<std::byte*>(std::aligned_alloc(V4V_PAGE_SIZE, size))},
        mirror_{std::make_unique<std::byte[]>(size)} {
    std::memset(memory_.get(), 0, size);
  }

  [[nodiscard]] std::span<std::byte> memory() { return {memory_.get(), size}; }
  [[nodiscard]] std::byte* at(std::uint64_t address) { return memory_.get() + address; }

  [[nodiscard]] bool has(const void* p) const {
    const auto at = reinterpret_cast<std::uintptr_t>(p);
    const auto begin = reinterpret_cast<std::uintptr_t>(memory_.get());
    return at >= begin && at < begin + size;
  }

  /// The guest's own doing; what of it is outside of the memory is left out.
  void poke(std::uint64_t address, const void* from, std::size_t count) {
    if (address >= size) return;
    if (count > size - address) count = size - address;
    std::memcpy(memory_.get() + address, from, count);
    std::memcpy(mirror_.get() + address, from, count);
  }
  template <class T>
  void put(std::uint64_t address, const T& value) {
    poke(address, &value, sizeof(value));
  }

  /// What should be at a place in the memory.
  template <class T>
  [[nodiscard]] T expected(const std::byte* at) const {
    T value;
    std::memcpy(&value, mirror_.get() + (at - memory_.get()), sizeof(value));
    return value;
  }
  template <class T>
  void expect(const std::byte* at, const T& value) {
    std::memcpy(mirror_.get() + (at - memory_.get()), &value, sizeof(value));
  }

  /// What the core was seen to write where it may.
  void allow(const std::byte* at, std::size_t count) {
    std::memcpy(mirror_.get() + (at - memory_.get()), at, count);
  }

  void compare(const std::byte* at, std::size_t count, const char* what) const {
    if (std::memcmp(at, mirror_.get() + (at - memory_.get()), count) != 0) violation(what);
  }
  void compare() const {
    if (std::memcmp(memory_.get(), mirror_.get(), size) == 0) return;
    for (std::size_t i = 0; i < size; ++i) {
      if (memory_[i] != mirror_[i]) {
        violation("a byte of a guest's memory is not what it should be", static_cast<long long>(i),
                  std::to_integer<int>(memory_[i]));
      }
    }
  }

 private:
  struct release {
    void operator()(std::byte* p) const { std::free(p); }
  };
  std::unique_ptr<std::byte[], release> memory_;
  std::unique_ptr<std::byte[]> mirror_;
};

}  // namespace v4v::hv::fuzz
