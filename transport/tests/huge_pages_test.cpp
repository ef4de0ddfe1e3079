#include "huge_pages.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace v4v::detail {
namespace {

std::string folder_in(const std::string& mounts) {
  std::istringstream text(mounts);
  return huge_page_folder_in(text);
}

TEST(the_folder_of_huge_pages, is_where_the_first_hugetlbfs_with_2_mib_is_mounted) {
  EXPECT_EQ(folder_in("sysfs /sys sysfs rw,nosuid 0 0\n"
                      "hugetlbfs /dev/huge1G hugetlbfs rw,relatime,pagesize=1024M 0 0\n"
                      "hugetlbfs /dev/hugepages hugetlbfs rw,relatime,pagesize=2M 0 0\n"
                      "none /mnt/huge hugetlbfs rw,pagesize=2M,size=64M 0 0\n"),
            "/dev/hugepages");
}

TEST(the_folder_of_huge_pages, may_have_other_options_behind_the_size) {
  EXPECT_EQ(folder_in("none /h hugetlbfs rw,gid=7,pagesize=2M,mode=700 0 0\n"), "/h");
}

TEST(the_folder_of_huge_pages, is_none_where_there_is_no_such_mount) {
  EXPECT_EQ(folder_in(""), "");
  EXPECT_EQ(folder_in("none /h hugetlbfs rw,pagesize=2MB 0 0\n"
                      "hugetlbfs,pagesize=2M /tmp tmpfs rw 0 0\n"
                      "half a line"),
            "");
}

TEST(the_folder_of_huge_pages, may_have_blanks_in_its_name) {
  EXPECT_EQ(folder_in("none /my\\040huge\\134pages\\04 hugetlbfs pagesize=2M 0 0\n"),
            "/my huge\\pages\\04");
}

}  // namespace
}  // namespace v4v::detail
