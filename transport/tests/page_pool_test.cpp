// Memory for rings that grows with a file. Any file will do: on this one there are pages of 4 KiB.

#include "page_pool.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <system_error>

#include <gtest/gtest.h>

#include "file_descriptor.hpp"
#include "v4v/abi.h"

namespace v4v::detail {
namespace {

constexpr std::size_t file_step = 16 * V4V_PAGE_SIZE;
constexpr std::size_t limit = 2 * 1024 * 1024;

class a_page_pool : public testing::Test {
 protected:
  [[nodiscard]] std::size_t file_size() const {
    struct stat is {};
    EXPECT_EQ(::fstat(file.get(), &is), 0);
    return static_cast<std::size_t>(is.st_size);
  }
  static std::errc error_of(page_pool& from, std::size_t bytes) {
    try {
      static_cast<void>(from.take(bytes));
    } catch (const std::system_error& e) {
      return static_cast<std::errc>(e.code().value());
    }
    return {};
  }

  file_descriptor file{::memfd_create("v4v tests", MFD_CLOEXEC)};
  page_pool pool{file.get(), file_step, limit};
};

TEST_F(a_page_pool, grows_by_steps_when_it_must) {
  EXPECT_EQ(file_size(), 0);
  EXPECT_EQ(pool.take(1).size(), V4V_PAGE_SIZE);
  EXPECT_EQ(file_size(), file_step);
  EXPECT_EQ(pool.take(15 * V4V_PAGE_SIZE).size(), 15 * V4V_PAGE_SIZE);
  EXPECT_EQ(file_size(), file_step);
  EXPECT_EQ(pool.take(file_step + 1).size(), file_step + V4V_PAGE_SIZE);
  EXPECT_EQ(file_size(), 3 * file_step);
}

TEST_F(a_page_pool, hands_out_pieces_that_go_over_the_end_of_a_step) {
  const auto first = pool.take(10 * V4V_PAGE_SIZE);
  const auto second = pool.take(10 * V4V_PAGE_SIZE);
  EXPECT_EQ(second.data(), first.data() + first.size());
  std::ranges::fill(second, std::byte{7});
  std::byte seen{};
  EXPECT_EQ(::pread(file.get(), &seen, 1, 20 * V4V_PAGE_SIZE - 1), 1);
  EXPECT_EQ(seen, std::byte{7}) << "it is the file's memory, one byte behind the other";
}

TEST_F(a_page_pool, hands_out_zeros_also_for_the_second_time) {
  const auto is_zero = [](std::byte b) { return b == std::byte{0}; };
  const auto first = pool.take(3 * V4V_PAGE_SIZE);
  EXPECT_TRUE(std::ranges::all_of(first, is_zero));
  std::ranges::fill(first, std::byte{0xff});
  pool.give_back(first);
  const auto second = pool.take(3 * V4V_PAGE_SIZE);
  ASSERT_EQ(second.data(), first.data());
  EXPECT_TRUE(std::ranges::all_of(second, is_zero));
}

TEST_F(a_page_pool, goes_on_after_it_has_refused_what_is_over_its_limit) {
  EXPECT_EQ(error_of(pool, limit + 1), std::errc::not_enough_memory);
  EXPECT_EQ(file_size(), 0);
  EXPECT_EQ(pool.take(limit).size(), limit);
  EXPECT_EQ(error_of(pool, 1), std::errc::not_enough_memory);
}

// A file that cannot grow stands for a file system without pages.
TEST_F(a_page_pool, tells_of_a_file_that_cannot_grow_and_does_not_crash) {
  const file_descriptor sealed(::memfd_create("v4v tests", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  page_pool small(sealed.get(), file_step, limit);
  const auto page = small.take(1);
  ASSERT_EQ(::fcntl(sealed.get(), F_ADD_SEALS, F_SEAL_GROW), 0);
  EXPECT_EQ(error_of(small, file_step), std::errc::operation_not_permitted);
  EXPECT_EQ(small.take(15 * V4V_PAGE_SIZE).data(), page.data() + V4V_PAGE_SIZE);
}

// The child dies of it, unless something else of its own has taken the hole in its address space,
// as ThreadSanitizer's thread does.
TEST_F(a_page_pool, is_not_inherited_by_a_child_of_fork) {
  const auto pages = pool.take(1);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::signal(SIGSEGV, SIG_DFL);  // and no report of it
    *reinterpret_cast<volatile char*>(pages.data()) = 1;
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(pages[0], std::byte{0});
}

}  // namespace
}  // namespace v4v::detail
