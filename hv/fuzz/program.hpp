#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace v4v::hv::fuzz {

/// The input, as what it is read for: choices and numbers, little-endian. Past its end it says 0.
///
/// Whoever reads two of them does so in two statements or between braces, never as two arguments or
/// operands: those are evaluated in any order, and an input would be another program with another
/// compiler.
class program {
 public:
  program(const std::uint8_t* data, std::size_t size) : next_{data}, end_{data + size} {}

  [[nodiscard]] bool ended() const { return next_ == end_; }

  std::uint64_t number(unsigned bytes) {
    std::uint64_t n = 0;
    for (unsigned i = 0; i < bytes && next_ != end_; ++i)
      n |= std::uint64_t{*next_++} << 8 * i;
    return n;
  }
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }

  /// One of 0 ... n - 1; n is from 1 to 256.
  std::uint32_t below(std::size_t n) { return static_cast<std::uint32_t>(u8() % n); }
  bool flag() { return below(2) != 0; }

  template <class T, std::size_t N>
  const T& pick(const T (&from)[N]) {
    return from[below(N)];
  }
  template <class C>
  auto& pick_in(C& from) {
    return *std::next(from.begin(), below(from.size()));
  }

 private:
  const std::uint8_t* next_;
  const std::uint8_t* const end_;
};

}  // namespace v4v::hv::fuzz
