// Many domains at once, each on a thread of its own, with nothing between them but the hypervisor.

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>

#include "test_guest.hpp"

namespace v4v::hv::testing {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint32_t messages = 3'000;
constexpr int lives = 60;
#elif defined(__has_feature)
constexpr std::uint32_t messages = 3'000;
constexpr int lives = 60;
#else
constexpr std::uint32_t messages = 60'000;
constexpr int lives = 600;
#endif

constexpr std::uint16_t receiver = 1;
constexpr std::uint32_t port = 5000;

// A payload that says which message it is, at a length that varies.
std::string numbered(std::uint32_t number) {
  std::string payload(4 + number * 7 % 120, static_cast<char>(number));
  std::memcpy(payload.data(), &number, 4);
  return payload;
}

// Sends in order, sleeping on the event whenever the ring is full. Returns what did not work.
long send_all(guest& g, std::uint32_t count) {
  for (std::uint32_t number = 0; number < count; ++number) {
    const std::string payload = numbered(number);
    for (;;) {
      const long sent = g.send(receiver, port, payload);
      if (sent == static_cast<long>(payload.size())) break;
      if (sent != -EAGAIN) return sent;
      if (!g.wait_event()) return -ETIMEDOUT;
    }
  }
  return 0;
}

TEST(threads, nothing_is_lost_duplicated_or_reordered) {
  constexpr std::uint16_t senders = 4;
  embedded hv;
  ring_memory ring{port, V4V_DOMAIN_ANY, 2048};  // small, so that senders wait often
  guest g{hv, receiver};
  ASSERT_EQ(g.register_ring(ring), 0);

  long results[senders] = {};
  std::vector<std::thread> threads;
  for (std::uint16_t i = 0; i < senders; ++i) {
    threads.emplace_back([&hv, &result = results[i], i] {
      guest sender{hv, static_cast<std::uint16_t>(10 + i)};
      result = send_all(sender, messages);
    });
  }

  std::uint32_t expected[senders] = {};
  for (std::uint32_t left = senders * messages; left != 0;) {
    ASSERT_TRUE(g.wait_event()) << left << " messages missing";
    while (const auto m = ring.receive()) {
      g.notify();
      ASSERT_GE(m->domain, 10);
      ASSERT_LT(m->domain, 10 + senders);
      ASSERT_EQ(m->payload, numbered(expected[m->domain - 10]++));
      --left;
    }
  }
  for (auto& t : threads)
    t.join();
  EXPECT_FALSE(ring.receive());
  for (const long result : results)
    EXPECT_EQ(result, 0);
  EXPECT_EQ(hv.counters().messages, senders * messages);
}

TEST(threads, domains_come_and_go_while_others_send_to_them_and_wait_for_them) {
  constexpr std::uint16_t senders = 3;
  embedded hv;
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (std::uint16_t i = 0; i < senders; ++i) {
    threads.emplace_back([&hv, &over, i] {
      while (!over.load(std::memory_order_relaxed)) {
        guest sender{hv, static_cast<std::uint16_t>(10 + i)};
        for (std::uint32_t n = 0; n < 50; ++n) {
          const std::string payload = numbered(n);
          const long sent = sender.send(receiver, port, payload);
          if (sent == -EAGAIN) {
            EXPECT_TRUE(sender.wait_event());  // room, or the receiver's death
          } else if (sent != -ECONNREFUSED) {
            EXPECT_EQ(sent, static_cast<long>(payload.size()));
          }
          sender.ask(receiver, port, 400);
          EXPECT_LE(hv.counters().event_syscalls, std::uint64_t{1} << 32);
        }
      }
    });
  }
  for (int life = 0; life < lives; ++life) {
    ring_memory ring{port, V4V_DOMAIN_ANY, 512};
    guest g{hv, receiver};
    ASSERT_EQ(g.register_ring(ring), 0);
    for (int i = 0; i < 15; ++i) {
      ASSERT_TRUE(g.wait_event());
      while (ring.receive()) {
      }
      g.notify();
      if (i % 7 == 6) {
        ASSERT_EQ(g.unregister_ring(ring), 0);
        ASSERT_EQ(g.register_ring(ring), 0);
      }
    }
    // Dies with messages unread, and likely with senders that wait.
    ASSERT_TRUE(g.wait_event());
  }
  over = true;
  for (auto& t : threads)
    t.join();
  EXPECT_GT(hv.counters().messages, 0u);
}

TEST(threads, a_ring_in_use_may_be_registered_again_and_is_refused) {
  embedded hv;
  ring_memory ring{port, V4V_DOMAIN_ANY, 2048};
  guest g{hv, receiver};
  ASSERT_EQ(g.register_ring(ring), 0);
  std::thread thread{[&] {
    guest sender{hv, 10};
    for (std::uint32_t n = 0; n < messages; ++n)
      sender.send(receiver, port, numbered(n));
  }};
  for (std::uint32_t n = 0; n < messages; ++n) {
    EXPECT_EQ(g.register_ring(ring), -EEXIST);  // ThreadSanitizer sees what it reads of the header
    while (ring.receive()) {
    }
  }
  thread.join();
}

// Sees the event the moment it comes, so that the hypervisor's two sides meet in the middle of
// their work; false after a time no working machine takes.
bool spin_for_event(guest& g) {
  const auto over = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  for (;;) {
    for (int i = 0; i < 2'000; ++i) {
      if (g.take_event()) return true;
    }
    if (std::chrono::steady_clock::now() > over) return false;
    std::this_thread::yield();  // the other may have to run on this processor
  }
}

// The ring holds one message. Each send but the first needs exactly one wake-up, which exactly one
// notify can give: there is no later one that would make up for it.
TEST(threads, no_wake_up_is_lost_between_a_ring_that_fills_and_one_that_empties) {
  embedded hv;
  ring_memory ring{port, V4V_DOMAIN_ANY, V4V_MIN_RING_LEN};
  guest g{hv, receiver};
  ASSERT_EQ(g.register_ring(ring), 0);
  std::atomic<bool> failed{false};
  std::thread thread{[&] {
    guest sender{hv, 10};
    for (std::uint32_t n = 0; n < messages && !failed;) {
      const long sent = sender.send(receiver, port, nullptr, 0);
      if (sent == 0) {
        ++n;
      } else if (sent != -EAGAIN || !spin_for_event(sender)) {
        ADD_FAILURE() << "message " << n << " not sent: " << sent;
        failed = true;
      }
    }
  }};
  for (std::uint32_t got = 0; got < messages && !failed;) {
    if (!spin_for_event(g)) {
      ADD_FAILURE() << "message " << got << " did not come";
      failed = true;
    }
    while (ring.receive()) {
      ++got;
      g.notify();
    }
  }
  thread.join();
  // Those who found room at the second look have left nothing behind.
  ASSERT_EQ(g.unregister_ring(ring), 0);
  EXPECT_EQ(g.notify(), 0);
}

TEST(threads, a_polling_receiver_unmasks_and_sleeps_without_losing_an_event) {
  embedded hv;
  ring_memory ring{port, V4V_DOMAIN_ANY, 1024};
  guest g{hv, receiver};
  ASSERT_EQ(g.register_ring(ring), 0);
  long result = 0;
  std::thread thread{[&] {
    guest sender{hv, 10};
    result = send_all(sender, messages);
  }};
  std::uint32_t expected = 0;
  const auto drain = [&] {
    while (const auto m = ring.receive()) {
      g.notify();
      EXPECT_EQ(m->payload, numbered(expected++));
    }
  };
  while (expected < messages) {
    g.domain().mask_events();
    for (int i = 0; i < 10; ++i)
      drain();
    if (g.domain().unmask_events()) {
      g.take_event();
      continue;  // masks again, and looks
    }
    if (expected == messages) break;
    ASSERT_TRUE(g.wait_event()) << expected;
  }
  thread.join();
  EXPECT_EQ(result, 0);
  EXPECT_EQ(expected, messages);
}

// The bit is all that the receiver looks at, and at once: if it were there before the message, the
// receiver would take it, find nothing, and never look again.
TEST(threads, who_sees_a_rings_activity_bit_finds_its_message) {
  constexpr std::uint32_t slot = 70;
  embedded hv;
  struct alignas(V4V_PAGE_SIZE) page {
    std::uint64_t bits[V4V_ACTIVITY_SLOTS / 64]{};
  } work;
  ring_memory ring{port, V4V_DOMAIN_ANY, 2048};
  ring.header().reserved[0] = slot + 1;
  guest g{hv, receiver};
  const std::uint64_t pfn = address_of(&work) / V4V_PAGE_SIZE;
  ASSERT_EQ(g.domain().hypercall(V4V_OP_activity, address_of(&work), address_of(&pfn), 1, 0), 0);
  ASSERT_EQ(g.register_ring(ring), 0);

  std::atomic<std::uint32_t> received{0};
  std::atomic<bool> over{false};
  std::thread owner{[&] {
    const std::atomic_ref<std::uint64_t> bits{work.bits[slot / 64]};
    for (std::uint32_t looks = 1; !over.load(std::memory_order_relaxed); ++looks) {
      if (looks % 1024 == 0) std::this_thread::yield();
      if (bits.load(std::memory_order_relaxed) == 0) continue;
      bits.exchange(0, std::memory_order_acquire);
      while (ring.receive())
        received.fetch_add(1, std::memory_order_release);
    }
  }};
  guest sender{hv, 10};
  std::uint32_t sent = 0;
  while (sent < messages && sender.send(receiver, port, "x") == 1) {
    ++sent;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    for (std::uint32_t looks = 1; received.load(std::memory_order_acquire) != sent; ++looks) {
      if (looks % 1024 != 0) continue;
      std::this_thread::yield();
      if (std::chrono::steady_clock::now() > end) break;
    }
    if (received != sent) break;
  }
  over = true;
  owner.join();
  EXPECT_EQ(received, messages) << sent << " were sent";
}

}  // namespace
}  // namespace v4v::hv::testing
