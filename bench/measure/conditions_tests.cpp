#include "measure/conditions.hpp"

#include <gtest/gtest.h>

#include <string>

namespace v4v::bench {
namespace {

std::string printed(const char* processor) {
  ::testing::internal::CaptureStdout();
  print({processor, 1, "Linux", "GCC", 0});
  return ::testing::internal::GetCapturedStdout();
}

TEST(conditions, warn_of_a_processor_that_is_emulated) {
  EXPECT_NE(printed("QEMU Virtual CPU version 2.5+").find("nothing of speed"), std::string::npos);
}

TEST(conditions, do_not_warn_of_any_other) {
  EXPECT_EQ(printed("Intel(R) Xeon(R) CPU").find("emulated"), std::string::npos);
}

}  // namespace
}  // namespace v4v::bench
