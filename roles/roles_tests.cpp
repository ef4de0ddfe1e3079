// The roles of programs: what their options say, and what services are served by.

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <v4v/acceptor.hpp>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/stream.hpp>

#include "roles/role.hpp"
#include "roles/service_thread.hpp"
#include "roles/until_signal.hpp"

namespace roles {
namespace {

class a_role : public ::testing::Test {
 protected:
  a_role() { ::unsetenv("V4V_LINK"); }

  void parse(const std::string& options) { app.parse(options); }

  CLI::App app;
  role of_program{app, "program --serve"};
};

TEST_F(a_role, is_both_ends_by_default) {
  parse("");
  EXPECT_FALSE(of_program.serves());
  EXPECT_FALSE(of_program.connects());
}

TEST_F(a_role, knows_the_domain_to_connect_to) {
  parse("--connect 3");
  EXPECT_TRUE(of_program.connects());
  EXPECT_EQ(of_program.domain(), 3);
}

TEST_F(a_role, tells_who_connects_how_the_service_is_started) {
  parse("--connect 3");
  EXPECT_EQ(of_program.how_to_start(), "; the service is started in domain 3 by: program --serve");
}

TEST_F(a_role, tells_nobody_else_how_the_service_is_started) {
  parse("--serve");
  EXPECT_EQ(of_program.how_to_start(), "");
}

TEST_F(a_role, is_asked_for_where_a_hypervisor_is_named) {
  ::setenv("V4V_LINK", "xen", 1);
  EXPECT_THROW(parse(""), CLI::RequiredError);
}

TEST_F(a_role, is_all_that_is_asked_for_where_a_hypervisor_is_named) {
  ::setenv("V4V_LINK", "xen", 1);
  parse("--serve");
  EXPECT_TRUE(of_program.serves());
}

void serve_until(int signal) {
  asio::io_context io;
  asio::post(io, [signal] { std::raise(signal); });
  serve_until_signal(io, 3);
}

TEST(serving_until_a_signal, says_which_domain_serves) {
  ::testing::internal::CaptureStdout();
  serve_until(SIGTERM);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "serving as domain 3\n");
}

TEST(serving_until_a_signal, ends_on_either_of_two) {
  serve_until(SIGTERM);
  serve_until(SIGINT);
}

TEST(serving_until_a_signal, throws_what_a_handler_throws) {
  asio::io_context io;
  asio::post(io, [] { throw std::runtime_error("it broke"); });
  EXPECT_THROW(serve_until_signal(io, 3), std::runtime_error);
}

// Accepts whoever comes.
class accepting {
 public:
  accepting(asio::io_context& io, std::unique_ptr<v4v::link> link, std::thread::id* made_in)
      : guest_(io, std::move(link)), acceptor_(guest_, 5000), thread_(made_in) {
    if (thread_ != nullptr) *thread_ = std::this_thread::get_id();
    acceptor_.async_accept([this](std::error_code, v4v::stream peer) { peer_ = std::move(peer); });
  }
  ~accepting() {
    if (thread_ != nullptr && *thread_ != std::this_thread::get_id()) *thread_ = {};
  }
  accepting(const accepting&) = delete;
  accepting& operator=(const accepting&) = delete;

 private:
  v4v::guest guest_;
  v4v::acceptor acceptor_;
  v4v::stream peer_{guest_};
  std::thread::id* thread_;
};

class a_service_thread : public ::testing::Test {
 protected:
  v4v::hv::embedded hypervisor;
  asio::io_context io;
};

TEST_F(a_service_thread, serves_when_it_is_made) {
  const service_thread<accepting> server(v4v::embedded_link(hypervisor, 1), nullptr);
  v4v::guest guest(io, v4v::embedded_link(hypervisor, 2));
  v4v::stream stream(guest);
  std::error_code error;
  stream.connect({1, 5000}, error);
  EXPECT_FALSE(error) << error.message();
}

TEST_F(a_service_thread, serves_no_more_when_it_is_gone) {
  { const service_thread<accepting> server(v4v::embedded_link(hypervisor, 1), nullptr); }
  v4v::guest guest(io, v4v::embedded_link(hypervisor, 2));
  v4v::stream stream(guest);
  std::error_code error;
  stream.connect({1, 5000}, error);
  EXPECT_EQ(error, asio::error::connection_refused);
}

TEST_F(a_service_thread, makes_and_destroys_the_service_in_itself) {
  std::thread::id made_in;
  { const service_thread<accepting> server(v4v::embedded_link(hypervisor, 1), &made_in); }
  EXPECT_NE(made_in, std::thread::id());
  EXPECT_NE(made_in, std::this_thread::get_id());
}

TEST_F(a_service_thread, throws_what_making_the_service_throws) {
  struct broken {
    broken(asio::io_context&, const char* why) { throw std::runtime_error(why); }
  };
  try {
    const service_thread<broken> server("no service");
    FAIL() << "it serves";
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "no service");
  }
}

}  // namespace
}  // namespace roles
