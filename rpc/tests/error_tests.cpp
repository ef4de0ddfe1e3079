#include "v4v/rpc/error.hpp"

#include <gtest/gtest.h>
#include <kj/debug.h>

#include <asio/error.hpp>
#include <stdexcept>
#include <string>

#include "v4v/rpc/promise_error.hpp"

namespace v4v::rpc {
namespace {

using type = kj::Exception::Type;

struct expected {
  std::error_code error;
  type kind;
};

struct error_kind : testing::TestWithParam<expected> {};

TEST_P(error_kind, is_the_one_in_the_table) {
  EXPECT_EQ(exception_type(GetParam().error), GetParam().kind) << GetParam().error;
}

INSTANTIATE_TEST_SUITE_P(
    of, error_kind,
    testing::Values(expected{asio::error::eof, type::DISCONNECTED},
                    expected{asio::error::broken_pipe, type::DISCONNECTED},
                    expected{asio::error::connection_aborted, type::DISCONNECTED},
                    expected{asio::error::connection_refused, type::DISCONNECTED},
                    expected{asio::error::connection_reset, type::DISCONNECTED},
                    expected{asio::error::host_unreachable, type::DISCONNECTED},
                    expected{asio::error::not_connected, type::DISCONNECTED},
                    expected{std::make_error_code(std::errc::connection_reset), type::DISCONNECTED},
                    expected{asio::error::no_buffer_space, type::OVERLOADED},
                    expected{asio::error::no_descriptors, type::OVERLOADED},
                    expected{asio::error::no_memory, type::OVERLOADED},
                    expected{asio::error::timed_out, type::OVERLOADED},
                    expected{std::make_error_code(std::errc::no_space_on_device), type::OVERLOADED},
                    expected{asio::error::operation_not_supported, type::UNIMPLEMENTED},
                    expected{std::make_error_code(std::errc::function_not_supported),
                             type::UNIMPLEMENTED},
                    expected{asio::error::operation_aborted, type::FAILED},
                    expected{asio::error::bad_descriptor, type::FAILED},
                    expected{asio::error::host_not_found, type::FAILED},
                    expected{asio::error::access_denied, type::FAILED},
                    expected{promise_errc::disconnected, type::DISCONNECTED},
                    expected{promise_errc::overloaded, type::OVERLOADED},
                    expected{promise_errc::unimplemented, type::UNIMPLEMENTED},
                    expected{promise_errc::failed, type::FAILED}));

TEST(error_text, names_what_was_done_the_message_and_where_the_error_is_from) {
  const auto e = to_exception(asio::error::connection_reset, "reading a message");
  EXPECT_STREQ(e.getDescription().cStr(),
               "reading a message: Connection reset by peer (asio.system 104)");
}

TEST(error_text, needs_no_context) {
  EXPECT_STREQ(to_exception(asio::error::eof).getDescription().cStr(), "End of file (asio.misc 2)");
}

TEST(thrown, a_kj_exception_stays_what_it_is) {
  const auto e = to_exception(std::make_exception_ptr(KJ_EXCEPTION(OVERLOADED, "too much")));
  EXPECT_EQ(e.getType(), type::OVERLOADED);
  EXPECT_STREQ(e.getDescription().cStr(), "too much");
}

TEST(thrown, a_system_error_becomes_the_kind_of_its_code) {
  const auto e = to_exception(std::make_exception_ptr(
      std::system_error{std::make_error_code(std::errc::broken_pipe), "sending"}));
  EXPECT_EQ(e.getType(), type::DISCONNECTED);
  EXPECT_STREQ(e.getDescription().cStr(), "sending: Broken pipe (generic 32)");
}

TEST(thrown, anything_else_failed) {
  const auto e = to_exception(std::make_exception_ptr(std::runtime_error{"odd"}));
  EXPECT_EQ(e.getType(), type::FAILED);
  EXPECT_STREQ(e.getDescription().cStr(), "odd");
  EXPECT_EQ(to_exception(std::make_exception_ptr(42)).getType(), type::FAILED);
}

TEST(promise_code, equals_the_std_errc_that_comes_nearest) {
  EXPECT_EQ(std::error_code{promise_errc::disconnected}, std::errc::connection_reset);
  EXPECT_EQ(std::error_code{promise_errc::overloaded}, std::errc::resource_unavailable_try_again);
  EXPECT_EQ(std::error_code{promise_errc::unimplemented}, std::errc::operation_not_supported);
  EXPECT_EQ(std::error_code{promise_errc::failed}.default_error_condition().category(),
            promise_category());
}

TEST(promise_code, has_a_message_and_a_category_by_name) {
  const std::error_code code{promise_errc::overloaded};
  EXPECT_EQ(code.message(), "overloaded");
  EXPECT_STREQ(code.category().name(), "v4v.rpc");
  EXPECT_EQ(promise_category().message(99), "unknown error 99");
}

struct promise_error_of : testing::TestWithParam<type> {};

TEST_P(promise_error_of, each_kind_is_lossless_both_ways) {
  kj::Exception before{GetParam(), "some_file.cpp", 123, kj::str("what happened")};
  before.wrapContext("caller.cpp", 45, kj::str("calling"));
  const promise_error error{kj::mv(before)};
  EXPECT_EQ(exception_type(error.code()), GetParam());

  const auto after = to_exception(std::make_exception_ptr(error));
  EXPECT_EQ(after.getType(), GetParam());
  EXPECT_STREQ(after.getDescription().cStr(), "what happened");
  EXPECT_STREQ(after.getFile(), "some_file.cpp");
  EXPECT_EQ(after.getLine(), 123);
  KJ_IF_MAYBE (context, after.getContext()) {
    EXPECT_STREQ(context->description.cStr(), "calling");
  } else {
    ADD_FAILURE() << "the context is gone";
  }
}

INSTANTIATE_TEST_SUITE_P(kinds, promise_error_of,
                         testing::Values(type::FAILED, type::OVERLOADED, type::DISCONNECTED,
                                         type::UNIMPLEMENTED));

TEST(promise_error_alone, is_caught_by_kj_as_the_exception_it_carries) {
  auto caught =
      kj::runCatchingExceptions([] { throw promise_error{KJ_EXCEPTION(OVERLOADED, "busy")}; });
  KJ_IF_MAYBE (e, caught) {
    EXPECT_EQ(e->getType(), type::OVERLOADED);
    EXPECT_STREQ(e->getDescription().cStr(), "busy");
  } else {
    ADD_FAILURE() << "nothing was caught";
  }
}

TEST(promise_error_alone, says_what_the_exception_says) {
  const promise_error error{KJ_EXCEPTION(FAILED, "no luck")};
  EXPECT_STREQ(static_cast<const std::exception&>(error).what(), "no luck");
  EXPECT_STREQ(error.exception().getDescription().cStr(), "no luck");
}

}  // namespace
}  // namespace v4v::rpc
