// What a program is told where it finds no hypervisor, which is so on most machines that tests
// run on.

#include "v4v/open_link.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

namespace v4v::test {
namespace {

class opening_a_link : public testing::Test {
 protected:
  opening_a_link() { ::unsetenv("V4V_LINK"); }
  ~opening_a_link() override { ::unsetenv("V4V_LINK"); }

  static bool there_is_xen() { return ::access("/dev/xen/privcmd", F_OK) == 0; }
  static void choose(const char* name) { ::setenv("V4V_LINK", name, 1); }
  static std::string error() {
    try {
      static_cast<void>(open_link());
    } catch (const std::system_error& e) {
      return e.what();
    }
    return "none";
  }
};

TEST_F(opening_a_link, says_what_was_looked_for_where_there_is_nothing) {
  if (there_is_xen()) GTEST_SKIP() << "this is a Xen domain";
  const std::string expected =
      "no hypervisor with V4V is found: looked for Xen's /dev/xen/privcmd (in a Xen guest: "
      "modprobe -a xen-privcmd xen-evtchn): No such device";
  EXPECT_EQ(error(), expected);
  choose("");
  EXPECT_EQ(error(), expected) << "as if it were not set";
}

TEST_F(opening_a_link, to_xen_needs_its_device) {
  if (there_is_xen()) GTEST_SKIP() << "this is a Xen domain";
  choose("xen");
  EXPECT_EQ(error(),
            "open /dev/xen/privcmd (is this a Xen domain? Then: modprobe xen-privcmd): No such "
            "file or directory");
}

TEST_F(opening_a_link, says_what_the_variable_can_be) {
  choose("kvm");
  EXPECT_EQ(error(), "V4V_LINK is \"kvm\", and can be \"xen\": Invalid argument");
}

TEST_F(opening_a_link, says_why_it_cannot_be_to_an_embedded_hypervisor) {
  choose("embedded");
  EXPECT_EQ(error(),
            "V4V_LINK is \"embedded\", which is for programs that hold all of their domains in one "
            "process: this one is to be a domain of another hypervisor, so it can be \"xen\": "
            "Invalid argument");
}

}  // namespace
}  // namespace v4v::test
