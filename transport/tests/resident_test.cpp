#include "resident.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "file_descriptor.hpp"
#include "v4v/abi.h"

namespace v4v::detail {
namespace {

constexpr std::size_t count = 4;
constexpr std::size_t size = count * V4V_PAGE_SIZE;

/// A file of some pages, and a private mapping of it that nobody has touched.
class pages_that_are_not_there : public testing::Test {
 protected:
  pages_that_are_not_there() {
    EXPECT_EQ(::ftruncate(file.get(), size), 0);
    void* const p = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.get(), 0);
    EXPECT_NE(p, MAP_FAILED);
    bytes = {static_cast<std::byte*>(p), size};
  }
  ~pages_that_are_not_there() override { ::munmap(bytes.data(), bytes.size()); }

  // Whether this process's page tables have them, which mincore() would not say.
  std::array<bool, count> are_mapped() const {
    const file_descriptor pagemap(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
    std::array<std::uint64_t, count> entries{};
    const auto page = reinterpret_cast<std::uintptr_t>(bytes.data()) / V4V_PAGE_SIZE;
    EXPECT_EQ(::pread(pagemap.get(), entries.data(), sizeof entries,
                      static_cast<off_t>(page * sizeof(std::uint64_t))),
              sizeof entries);
    std::array<bool, count> mapped{};
    std::ranges::transform(entries, mapped.begin(), [](auto e) { return (e >> 63) != 0; });
    return mapped;
  }

  // As a page that is written to is one of the process's own, it does not follow the file any more.
  std::array<bool, count> are_written_to() const {
    const std::vector<std::byte> marks(size, std::byte{9});
    EXPECT_EQ(::pwrite(file.get(), marks.data(), size, 0), size);
    std::array<bool, count> own{};
    for (std::size_t i = 0; i < count; ++i)
      own[i] = bytes[i * V4V_PAGE_SIZE] != std::byte{9};
    return own;
  }

  file_descriptor file{::memfd_create("v4v tests", MFD_CLOEXEC)};
  std::span<std::byte> bytes;
  using each = std::array<bool, count>;
};

TEST_F(pages_that_are_not_there, are_mapped_when_they_are_to_be_readable) {
  ASSERT_EQ(are_mapped(), (each{false, false, false, false}));
  EXPECT_TRUE(make_readable(bytes.subspan(2 * V4V_PAGE_SIZE - 1, 2)));
  EXPECT_EQ(are_mapped(), (each{false, true, true, false}));
  EXPECT_EQ(are_written_to(), (each{false, false, false, false}));
}

TEST_F(pages_that_are_not_there, are_copied_when_they_are_to_be_writable) {
  EXPECT_TRUE(make_writable(bytes.subspan(V4V_PAGE_SIZE + 8, V4V_PAGE_SIZE)));
  EXPECT_EQ(are_written_to(), (each{false, true, true, false}));
}

TEST_F(pages_that_are_not_there, are_left_alone_when_nothing_of_them_is_wanted) {
  EXPECT_TRUE(make_readable({}));
  EXPECT_TRUE(make_writable(bytes.subspan(8, 0)));
  EXPECT_EQ(are_mapped(), (each{false, false, false, false}));
}

TEST_F(pages_that_are_not_there, are_refused_where_there_is_no_memory) {
  ASSERT_EQ(::munmap(bytes.data() + 2 * V4V_PAGE_SIZE, V4V_PAGE_SIZE), 0);
  EXPECT_FALSE(make_readable(bytes));
  EXPECT_FALSE(make_writable(bytes));
}

TEST_F(pages_that_are_not_there, are_refused_for_writing_where_it_is_not_allowed) {
  ASSERT_EQ(::mprotect(bytes.data(), size, PROT_READ), 0);
  EXPECT_TRUE(make_readable(bytes));
  EXPECT_FALSE(make_writable(bytes));
}

// A call that reads as the hypervisor does: what is not in the page tables is not there.
TEST_F(pages_that_are_not_there, are_made_resident_for_a_call_that_is_then_made_again) {
  int calls = 0;
  const long result = call_with_memory(
      [&]() -> long {
        ++calls;
        return std::ranges::all_of(are_mapped(), [](bool m) { return m; }) ? 42 : -EFAULT;
      },
      [&] { return make_readable(bytes); });
  EXPECT_EQ(result, 42);
  EXPECT_EQ(calls, 2);
}

TEST(a_call_with_memory, is_not_made_again_when_that_would_not_help) {
  int calls = 0;
  const auto fails_with = [&](long error) {
    return [&calls, error] {
      ++calls;
      return error;
    };
  };
  EXPECT_EQ(call_with_memory(fails_with(-EFAULT), [] { return false; }), -EFAULT);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(call_with_memory(fails_with(-EAGAIN), [] { return true; }), -EAGAIN);
  EXPECT_EQ(calls, 2) << "another error is an answer";
}

TEST(a_call_with_memory, ends_when_pages_never_stay) {
  const long result = call_with_memory([]() -> long { return -EFAULT; }, [] { return true; });
  EXPECT_EQ(result, -EFAULT);
}

}  // namespace
}  // namespace v4v::detail
