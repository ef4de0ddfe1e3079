// What programs say of calls that failed.

#include "roles/rpc_error.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <cstdlib>
#include <string>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>

#include <kj/debug.h>

namespace roles {
namespace {

class the_error_of_a_call : public ::testing::Test {
 protected:
  the_error_of_a_call() { ::unsetenv("V4V_LINK"); }

  // Of a program with those options, in a domain beside that of the service.
  std::string says(const std::string& options) {
    CLI::App app;
    const role of_program(app, "program --serve");
    app.parse(options);
    v4v::rpc::client client(loop, guest, {3, 5000});
    try {
      client.bootstrap().whenResolved().wait(loop.wait_scope());
    } catch (const kj::Exception& e) {
      return explain(e, of_program);
    }
    return "nothing";
  }

  asio::io_context io;
  v4v::rpc::event_loop loop{io};
  v4v::hv::embedded hypervisor;
  v4v::guest guest{io, v4v::embedded_link(hypervisor, 2)};
};

TEST_F(the_error_of_a_call, says_who_is_not_there_and_how_it_is_started) {
  const auto text = says("--connect 3");
  EXPECT_TRUE(text.starts_with("v4v domain 3 port 5000: ")) << text;
  EXPECT_NE(text.find("Connection refused"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("; the service is started in domain 3 by: program --serve")) << text;
}

// As a client words it.
kj::Exception refusal() {
  return KJ_EXCEPTION(FAILED, "v4v domain 3 port 5000: Store.put: remote exception: not you");
}

TEST_F(the_error_of_a_call, says_who_refused_it_and_nothing_of_starting_that) {
  CLI::App app;
  const role of_program(app, "program --serve");
  app.parse("--connect 3");
  EXPECT_EQ(explain(refusal(), of_program),
            "v4v domain 3 port 5000: Store.put: remote exception: not you");
}

TEST_F(the_error_of_a_call, is_what_the_service_says_where_both_are_one_program) {
  CLI::App app;
  const role of_program(app, "program --serve");
  app.parse("");
  EXPECT_EQ(explain(refusal(), of_program), "not you");
}

}  // namespace
}  // namespace roles
