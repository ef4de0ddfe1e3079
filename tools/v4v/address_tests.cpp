#include "address.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace v4v_tool {
namespace {

using v4v::any_domain;
using v4v::endpoint;

std::string error_of(std::string_view text) {
  try {
    static_cast<void>(address_of(text));
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "none";
}

TEST(an_address, is_a_domain_and_a_port) {
  EXPECT_EQ(address_of("3:5000"), endpoint(3, 5000));
  EXPECT_EQ(address_of("0:1"), endpoint(0, 1));
  EXPECT_EQ(address_of("32755:4294967295"), endpoint(0x7ff3, 0xffffffff));
  EXPECT_EQ(address_of("0x1f:0x80000000"), endpoint(31, 0x80000000));
}

TEST(an_address, may_leave_either_open) {
  EXPECT_EQ(address_of("any:5000"), endpoint(any_domain, 5000));
  EXPECT_EQ(address_of("3:any"), endpoint(3, V4V_PORT_ANY));
  EXPECT_EQ(address_of("any:any"), endpoint(any_domain, V4V_PORT_ANY));
}

TEST(an_address, says_which_part_of_it_is_none) {
  EXPECT_EQ(error_of("3"), "\"3\": expected DOMAIN:PORT, as in 3:5000 or any:any");
  EXPECT_EQ(error_of("x:5"), "\"x:5\": the domain is \"x\", and can be 0 to 32755, or any");
  EXPECT_EQ(error_of("3:5:7"),
            "\"3:5:7\": the port is \"5:7\", and can be 1 to 4294967295, or any");
  for (const char* none : {"", ":", "3:", ":5", "-1:5", "+1:5", "3:0", "32756:5", "3:4294967296",
                           "3:99999999999999999999", "3: 5", "0x:5", "3:0x", "1e3:5", "Any:5"})
    EXPECT_NE(error_of(none), "none") << none;
}

TEST(an_address, is_written_as_it_is_read) {
  for (const char* text : {"3:5000", "any:5000", "3:any", "any:any", "0:1"})
    EXPECT_EQ(text_of(address_of(text)), text);
}

}  // namespace
}  // namespace v4v_tool
