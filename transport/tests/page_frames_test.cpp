#include "page_frames.hpp"

#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <span>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

#include "file_descriptor.hpp"
#include "v4v/abi.h"

namespace v4v::detail {
namespace {

class frames_of_pages : public testing::Test {
 protected:
  static constexpr std::size_t size = 3 * V4V_PAGE_SIZE;

  frames_of_pages() { EXPECT_EQ(::ftruncate(file.get(), size), 0); }

  std::span<std::byte> mapped(int flags) const {
    void* const p =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | flags, file.get(), 0);
    EXPECT_NE(p, MAP_FAILED);
    return {static_cast<std::byte*>(p), size};
  }
  static std::string error_of(std::span<const std::byte> pages) {
    try {
      static_cast<void>(page_frames(pages));
    } catch (const std::system_error& e) {
      return e.what();
    }
    return "none";
  }
  static bool may_ask(std::span<const std::byte> pages) {
    return error_of(pages).find("CAP_SYS_ADMIN") == std::string::npos;
  }

  file_descriptor file{::memfd_create("v4v tests", MFD_CLOEXEC)};
};

TEST_F(frames_of_pages, are_the_same_wherever_the_pages_are_mapped) {
  const auto here = mapped(MAP_POPULATE), there = mapped(MAP_POPULATE);
  if (!may_ask(here)) GTEST_SKIP() << error_of(here);
  const auto frames = page_frames(here);
  ASSERT_EQ(frames.size(), 3);
  EXPECT_EQ(page_frames(there), frames);
  EXPECT_EQ(page_frames(there.subspan(V4V_PAGE_SIZE, V4V_PAGE_SIZE)).at(0), frames[1]);
  EXPECT_NE(frames[0], frames[1]);
  EXPECT_NE(frames[1], frames[2]);
}

TEST_F(frames_of_pages, are_not_told_of_pages_that_are_not_in_memory) {
  const auto pages = mapped(0);
  EXPECT_EQ(error_of(pages), "a page of a ring is not in memory: Bad address");
}

TEST_F(frames_of_pages, are_not_told_to_who_has_no_capabilities) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    __user_cap_header_struct whose{_LINUX_CAPABILITY_VERSION_3, 0};
    const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
    const bool dropped = ::syscall(SYS_capset, &whose, none) == 0;
    const std::string said = error_of(mapped(MAP_POPULATE));
    ::_exit(dropped && said.find("(run as root, or with CAP_SYS_ADMIN)") != said.npos ? 0 : 1);
  }
  int status = 1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace v4v::detail
