#include "measure/machine.hpp"

#include <gtest/gtest.h>

namespace v4v::bench {
namespace {

machine with(const char* processor) { return {processor, 1, "", "", "", 0}; }

TEST(a_machine, is_emulated_if_its_processor_says_so) {
  EXPECT_TRUE(is_emulated(with("QEMU Virtual CPU version 2.5+")));
}

TEST(a_machine, is_not_emulated_with_any_other_processor) {
  EXPECT_FALSE(is_emulated(with("Intel(R) Xeon(R) CPU")));
}

}  // namespace
}  // namespace v4v::bench
