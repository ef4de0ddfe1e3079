// Someone who types, in a room with another one.

#include "conversation.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>

#include "protocol.hpp"
#include "server.hpp"

namespace chat {
namespace {

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::system_error(errno, std::system_category(), "pipe");
  return ends;
}

class a_conversation : public ::testing::Test {
 protected:
  a_conversation() {
    asio::co_spawn(io, room.run(), asio::detached);
    asio::co_spawn(io, listener.join(), asio::detached);
    run_until([this] { return listener.has_read(); });
    listener.forget();
  }
  ~a_conversation() override { stop_typing(); }

  void type(std::string_view text) {
    ASSERT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void stop_typing() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }

  void begin(input_lines& from) {
    asio::co_spawn(io, converse(typist, changed, from), [this](std::exception_ptr e) {
      failure = std::move(e);
      ended = true;
    });
  }

  template <class Predicate>
  void run_until(Predicate holds) {
    while (!holds())
      io.run_one();
  }

  std::string failure_text() {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      return e.what();
    }
    return "none";
  }

  std::array<int, 2> ends = make_pipe();
  asio::io_context io{1};
  v4v::hv::embedded hypervisor;
  v4v::guest_options sleeping{v4v::busy_poll::off()};
  v4v::guest here{io, v4v::embedded_link(hypervisor, 1), sleeping};
  condition changed{io.get_executor()};
  server room{here, 64};
  client listener{io, v4v::embedded_link(hypervisor, 2), {1, service_port}, changed, sleeping};
  client typist{io, v4v::embedded_link(hypervisor, 3), {1, service_port}, changed, sleeping};
  input_lines in{io.get_executor(), ends[0]};
  std::exception_ptr failure;
  bool ended = false;
};

TEST_F(a_conversation, is_heard_by_the_others_while_more_is_typed) {
  ::testing::internal::CaptureStdout();
  begin(in);
  run_until([&] { return listener.has_heard_of(3); });  // it has come
  listener.forget();
  type("hello\n");
  run_until([&] { return listener.has_heard_of(3); });
  EXPECT_NE(::testing::internal::GetCapturedStdout().find("[2] 3: hello\n"), std::string::npos);
  EXPECT_FALSE(ended);
}

TEST_F(a_conversation, prints_what_others_say_while_nothing_is_typed) {
  ::testing::internal::CaptureStdout();
  begin(in);
  run_until([&] { return typist.has_read(); });
  asio::co_spawn(io, listener.say("anybody?"), asio::detached);
  run_until([&] { return typist.has_heard_of(2); });
  EXPECT_NE(::testing::internal::GetCapturedStdout().find("[3] 2: anybody?\n"), std::string::npos);
}

TEST_F(a_conversation, ends_with_its_input) {
  begin(in);
  type("hello\n");
  stop_typing();
  run_until([&] { return ended; });
  EXPECT_EQ(failure_text(), "none");
}

TEST_F(a_conversation, says_the_last_line_of_a_file_too_though_it_has_no_newline) {
  std::FILE* const file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  std::fputs("hello\nbye", file);
  std::rewind(file);
  input_lines lines(io.get_executor(), ::dup(::fileno(file)));
  std::fclose(file);
  ::testing::internal::CaptureStdout();
  begin(lines);
  run_until([&] { return ended && listener.knows_end_of(3); });
  EXPECT_NE(::testing::internal::GetCapturedStdout().find("[2] 3: hello\n[2] 3: bye\n"),
            std::string::npos);
}

TEST_F(a_conversation, ends_with_the_room_though_nothing_is_typed) {
  begin(in);
  run_until([&] { return typist.has_read(); });
  room.close();
  run_until([&] { return ended; });
  EXPECT_EQ(failure_text(), "there is no room any more");
}

TEST_F(a_conversation, does_not_begin_where_there_is_no_room) {
  room.close();
  begin(in);
  run_until([&] { return ended; });
  EXPECT_EQ(failure_text(), "Connection refused");
}

}  // namespace
}  // namespace chat
