#include "ring_file.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>

#include <gtest/gtest.h>

namespace v4v::detail {
namespace {

class the_file_for_rings : public testing::Test {
 protected:
  the_file_for_rings() {
    std::string pattern = testing::TempDir() + "v4v-tests-XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    path = folder / "v4v-rings";
  }
  ~the_file_for_rings() override { std::filesystem::remove_all(folder); }

  std::errc error_of_opening() const {
    try {
      ring_file file(folder);
    } catch (const std::system_error& e) {
      return static_cast<std::errc>(e.code().value());
    }
    return {};
  }

  // A program that leaves something in the file, and is killed.
  void a_program_is_killed() const {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ring_file file(folder);
      file.empty();
      if (::ftruncate(file.descriptor(), 4096) == 0) ::kill(::getpid(), SIGKILL);
      ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
  }

  std::filesystem::path folder, path;
};

TEST_F(the_file_for_rings, is_for_its_user_alone_and_goes_with_the_program) {
  {
    ring_file file(folder);
    file.empty();
    struct stat is {};
    ASSERT_EQ(::fstat(file.descriptor(), &is), 0);
    EXPECT_EQ(is.st_mode & 0777, 0600);
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(the_file_for_rings, is_for_one_program_at_a_time) {
  {
    const ring_file first(folder);
    EXPECT_EQ(error_of_opening(), std::errc::device_or_resource_busy);
  }
  EXPECT_EQ(error_of_opening(), std::errc{});
}

TEST_F(the_file_for_rings, stays_when_its_program_is_killed_until_the_next_says_so) {
  a_program_is_killed();
  EXPECT_EQ(std::filesystem::file_size(path), 4096);
  { const ring_file not_yet_ours(folder); }
  EXPECT_EQ(std::filesystem::file_size(path), 4096) << "the hypervisor may still write there";
  {
    ring_file file(folder);
    file.empty();
    EXPECT_EQ(std::filesystem::file_size(path), 0);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(the_file_for_rings, is_not_removed_by_a_child_of_fork) {
  auto file = std::make_unique<ring_file>(folder);
  file->empty();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    file.reset();
    ::_exit(0);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_EQ(error_of_opening(), std::errc::device_or_resource_busy);
}

TEST_F(the_file_for_rings, is_free_after_its_program_even_if_a_child_lives_on) {
  auto file = std::make_unique<ring_file>(folder);
  int until_closed[2];
  ASSERT_EQ(::pipe(until_closed), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(until_closed[1]);
    char nothing = 0;
    ::_exit(static_cast<int>(::read(until_closed[0], &nothing, 1)));
  }
  file.reset();
  EXPECT_EQ(error_of_opening(), std::errc{});
  ::close(until_closed[0]);
  ::close(until_closed[1]);
  int status = 1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(the_file_for_rings, is_no_link_that_somebody_put_there) {
  std::ofstream(folder / "elsewhere") << "text";
  std::filesystem::create_symlink("elsewhere", path);
  EXPECT_EQ(error_of_opening(), std::errc::too_many_symbolic_link_levels);
  EXPECT_EQ(std::filesystem::file_size(folder / "elsewhere"), 4);
}

TEST_F(the_file_for_rings, is_not_somebody_elses_who_could_read_the_rings) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can have a file belong to another user";
  std::ofstream(path) << "theirs";
  ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
  EXPECT_EQ(error_of_opening(), std::errc::operation_not_permitted);
}

}  // namespace
}  // namespace v4v::detail
