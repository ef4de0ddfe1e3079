// Operations are handed over in a run, and yet as by Asio: in order, never inside of the function
// that begins them, and none is lost.

#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <asio/post.hpp>

#include "completion_run.hpp"
#include "two_domains.hpp"
#include "v4v/datagram_socket.hpp"

namespace v4v::test {
namespace {

using detail::completion_run;
using detail::completions;
using detail::operation;
using detail::operation_queue;

// An operation that only ends.
template <class F>
class ending_in final : public operation {
 public:
  explicit ending_in(F f) : operation(nullptr, &end), f_(std::move(f)) {}

 private:
  static void end(operation& base, ending how) {
    auto& self = static_cast<ending_in&>(base);
    const F f = std::move(self.f_);
    delete &self;
    if (how != ending::destroy) f();
  }
  F f_;
};

class a_completion_run : public testing::Test {
 public:
  asio::io_context io;
  std::vector<int> order;

  // As a guest does it for an operation that is done.
  template <class F>
  void end(F f) {
    operation_queue done;
    done.push(*new ending_in<F>(std::move(f)));
    completions::of(io).end(done);
  }
  void end_with(int number) {
    end([this, number] { order.push_back(number); });
  }
};

TEST_F(a_completion_run, begins_by_way_of_the_io_context) {
  end_with(1);
  end_with(2);
  EXPECT_TRUE(order.empty());
  io.run();
  EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST_F(a_completion_run, calls_no_handler_inside_of_another) {
  end([this] {
    end([this] {
      end_with(3);
      order.push_back(2);
    });
    order.push_back(1);
  });
  io.run();
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST_F(a_completion_run, hands_over_in_the_order_in_which_operations_end) {
  operation_queue done;
  const auto add = [&](auto f) { done.push(*new ending_in<decltype(f)>(f)); };
  add([this] {
    order.push_back(1);
    end_with(4);
  });
  add([this] {
    order.push_back(2);
    end_with(5);
  });
  add([this] { order.push_back(3); });
  asio::post(io, [&] { completion_run(completions::of(io)).hand_over(done); });
  io.run();
  EXPECT_EQ(order, (std::vector{1, 2, 3, 4, 5}));
}

TEST_F(a_completion_run, lets_other_handlers_have_their_turn) {
  int turns = 0;
  std::function<void()> again = [&] {
    if (++turns < 1000) end(again);
  };
  int turns_before = 0;
  end([&] {
    asio::post(io, [&] { turns_before = turns; });
    again();
  });
  io.run();
  EXPECT_EQ(turns, 1000);
  EXPECT_GT(turns_before, 0);
  EXPECT_LT(turns_before, 100);
}

TEST_F(a_completion_run, loses_nothing_when_a_handler_throws) {
  end([this] {
    end_with(2);
    end_with(3);
    order.push_back(1);
    throw std::runtime_error("a handler's");
  });
  EXPECT_THROW(io.run(), std::runtime_error);
  EXPECT_EQ(order, (std::vector{1}));
  io.run();
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST_F(a_completion_run, ends_when_a_handler_stops_the_io_context) {
  end([this] {
    end_with(2);
    order.push_back(1);
    io.stop();
  });
  io.run();
  EXPECT_EQ(order, (std::vector{1}));
  io.restart();
  io.run();
  EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST_F(a_completion_run, leaves_the_rest_to_other_threads_while_a_handler_takes_its_time) {
  std::promise<void> second;
  operation_queue done;
  const auto add = [&](auto f) { done.push(*new ending_in<decltype(f)>(f)); };
  add([&] { second.get_future().get(); });
  add([&] { second.set_value(); });
  asio::post(io, [&] { completion_run(completions::of(io)).hand_over(done); });
  std::thread other([&] { io.run(); });
  io.run();
  other.join();
}

TEST_F(a_completion_run, leaves_what_a_handler_begins_to_who_runs_the_io_context_inside_of_it) {
  end([this] {
    end_with(2);
    end_with(3);
    while (order.size() < 2)
      io.run_one();
    order.push_back(1);
  });
  io.run();
  EXPECT_EQ(order, (std::vector{2, 3, 1}));
}

TEST_F(a_completion_run, leaves_what_a_handler_begins_to_other_threads_while_it_waits) {
  end([this] {
    std::promise<void> other_has_come;
    end([&] { other_has_come.set_value(); });
    other_has_come.get_future().get();
    order.push_back(1);
  });
  std::thread other([&] { io.run(); });
  io.run();
  other.join();
  EXPECT_EQ(order, (std::vector{1}));
}

TEST_F(a_completion_run, inside_of_another_ones_is_of_its_own_io_context) {
  asio::io_context inner;
  asio::post(inner, [&] {
    operation_queue done;
    auto f = [this] {
      end_with(3);  // the outer one's
      order.push_back(1);
    };
    done.push(*new ending_in<decltype(f)>(f));
    completion_run(completions::of(inner)).hand_over(done);
  });
  end([&] {
    inner.run();
    order.push_back(2);
  });
  io.run();
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST_F(a_completion_run, destroys_what_the_io_context_does_not_come_to) {
  auto kept = std::make_shared<int>();
  {
    asio::io_context other;
    operation_queue done;
    auto f = [kept] { FAIL(); };
    done.push(*new ending_in<decltype(f)>(f));
    completions::of(other).end(done);
  }
  EXPECT_EQ(kept.use_count(), 1);
}

// ---- With guests

class handlers_of_a_guest : public two_domains {};

TEST_F(handlers_of_a_guest, may_block_in_operations_that_take_what_others_do) {
  auto ends = connected();
  stream &near = ends.first, &far = ends.second;
  std::string text(5, '\0');
  bool called = false;
  near.async_write_some(asio::buffer("x", 1), [&](std::error_code, std::size_t) {
    far.async_write_some(asio::buffer("hello", 5), [&](std::error_code, std::size_t) {});
    near.read_some(asio::buffer(text));
    called = true;
  });
  io.restart();
  io.run();
  EXPECT_TRUE(called);
  EXPECT_EQ(text, "hello");
}

TEST_F(handlers_of_a_guest, see_datagrams_in_their_order_with_several_receives_at_once) {
  datagram_socket near(server, 7000), far(client);
  for (char c = 'a'; c <= 'z'; ++c)
    far.send_to(asio::buffer(&c, 1), {1, 7000});
  std::string seen;
  char bytes[3] = {};
  std::function<void(int)> receive = [&](int i) {
    near.async_receive(asio::buffer(&bytes[i], 1), [&, i](std::error_code ec, std::size_t) {
      if (ec) return;
      seen += bytes[i];
      receive(i);
    });
  };
  for (int i = 0; i < 3; ++i)
    receive(i);
  io.poll();
  EXPECT_EQ(seen, "abcdefghijklmnopqrstuvwxyz");
}

TEST_F(handlers_of_a_guest, see_datagrams_in_their_order_when_they_come_to_those_who_wait) {
  datagram_socket near(server, 7000), far(client);
  std::string seen;
  char bytes[3] = {};
  std::function<void(int)> receive = [&](int i) {
    near.async_receive(asio::buffer(&bytes[i], 1), [&, i](std::error_code ec, std::size_t) {
      if (ec) return;
      seen += bytes[i];
      receive(i);
    });
  };
  for (int i = 0; i < 3; ++i)
    receive(i);
  io.poll();
  for (char c = 'a'; c <= 'z'; ++c)
    far.send_to(asio::buffer(&c, 1), {1, 7000});
  io.poll();
  EXPECT_EQ(seen, "abcdefghijklmnopqrstuvwxyz");
}

}  // namespace
}  // namespace v4v::test
