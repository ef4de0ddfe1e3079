// Guests that do their worst, against each other and the core: what libFuzzer calls.

#include "fuzz/play.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  v4v::hv::fuzz::play(data, size);
  return 0;
}
