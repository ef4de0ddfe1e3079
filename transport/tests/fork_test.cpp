// What a child of fork(2) does must not be felt by its parent.

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include "two_domains.hpp"

namespace v4v::test {
namespace {

class a_child_of_fork : public two_domains {
 protected:
  // Runs `f` in a child, which may not survive it.
  template <class F>
  static void in_a_child(F f) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      std::signal(SIGSEGV, SIG_DFL);  // and no report of it
      f();
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
  }
};

TEST_F(a_child_of_fork, does_not_take_what_its_parent_has_not_read) {
  auto ends = connected();
  asio::write(ends.first, asio::buffer("to be read by the parent", 24));
  in_a_child([&] {
    char bytes[24] = {};
    std::error_code ec;
    asio::read(ends.second, asio::buffer(bytes), ec);
  });
  std::string bytes(24, '\0');
  asio::read(ends.second, asio::buffer(bytes));
  EXPECT_EQ(bytes, "to be read by the parent");
}

TEST_F(a_child_of_fork, does_not_close_its_parents_connections) {
  auto ends = connected();
  asio::write(ends.first, asio::buffer("before", 6));
  in_a_child([&] { stream(std::move(ends.second)).close(); });
  in_a_child([&] { ends.first.close(); });
  asio::write(ends.first, asio::buffer(" after", 6));
  std::string bytes(12, '\0');
  asio::read(ends.second, asio::buffer(bytes));
  EXPECT_EQ(bytes, "before after");
}

TEST_F(a_child_of_fork, does_not_end_its_parents_guests) {
  auto mine = std::make_unique<guest>(io, embedded_link(hypervisor, 7));
  in_a_child([&] { mine.reset(); });
  {
    acceptor listening(*mine, 5000);
    stream near(*mine), far(client);
    listening.async_accept([&](std::error_code, stream s) { near = std::move(s); });
    bool called = false;
    far.async_connect({7, 5000}, [&](std::error_code ec) {
      EXPECT_FALSE(ec) << ec.message();
      called = true;
    });
    io.run();
    EXPECT_TRUE(called);
  }
}

}  // namespace
}  // namespace v4v::test
