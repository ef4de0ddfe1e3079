// Everything at once: senders that die and are born again, receivers that take their
// rings away and bring them back, domains that come and go, rules, limits and activity pages that
// change. What was sent must arrive, once and in order.
//
// V4V_SOAK_SECONDS in the environment says for how long; scripts/soak has it run for minutes.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "test_guest.hpp"

namespace v4v::hv::testing {
namespace {

constexpr std::uint16_t control_id = 0;
constexpr std::uint16_t first_receiver = 1;
constexpr std::uint16_t receiver_count = 2;
constexpr std::uint16_t first_sender = 10;
constexpr std::uint16_t sender_count = 3;
constexpr std::uint16_t mortal = 50;
constexpr std::uint32_t steady_port = 100;    // what is sent here is checked
constexpr std::uint32_t changing_port = 101;  // rings here come and go
constexpr std::uint32_t messages_of_a_life = 100;

// What a message says of itself, and bytes that follow from it.
struct numbered {
  std::uint32_t life;
  std::uint32_t n;
};
std::string payload_of(numbered what) {
  std::string payload(sizeof(what) + what.n * 37 % 600, static_cast<char>(what.life + what.n));
  std::memcpy(payload.data(), &what, sizeof(what));
  return payload;
}

std::chrono::seconds duration() {
  const char* wanted = std::getenv("V4V_SOAK_SECONDS");
  return std::chrono::seconds{wanted == nullptr ? 2 : std::atoi(wanted)};
}

class soak : public ::testing::TestWithParam<bool> {
 protected:
  soak() {
    if (hv.port() != nullptr) hv.port()->yield_every = 3;
  }

  [[nodiscard]] bool over() const { return over_.load(std::memory_order_relaxed); }
  void fail(const std::string& why) {
    ADD_FAILURE() << why;
    over_ = true;
  }

  void send_lives(std::uint16_t index);
  bool send_until_accepted(guest_under_test& g, std::uint16_t to, const std::string& payload);
  void receive_all(std::uint16_t index);
  void change_rings(std::uint16_t index);
  void come_and_go();
  void change_rules();
  void look();

  // Domains are shared by the threads that act for them, as a guest's processors do.
  hypervisor_under_test hv{GetParam()};
  guest_under_test control{hv, control_id, privilege::control};
  std::array<guest_under_test, receiver_count> owners{guest_under_test{hv, first_receiver},
                                                      guest_under_test{hv, first_receiver + 1}};
  std::atomic<bool> over_{false};

  // By receiver and sender: what was accepted, and what came.
  std::array<std::array<std::uint64_t, sender_count>, receiver_count> sent{};
  std::array<std::array<std::uint64_t, sender_count>, receiver_count> received{};
};

bool soak::send_until_accepted(guest_under_test& g, std::uint16_t to, const std::string& payload) {
  for (;;) {
    const long result = g.send(to, steady_port, payload);
    if (result == static_cast<long>(payload.size())) return true;
    if (result == -EAGAIN) {
      if (!g.wait_event()) {
        fail("a sender waits for ever\n" + hv.dump());
        return false;
      }
    } else if (result == -ECONNREFUSED) {
      std::this_thread::yield();  // the ring is away, or a rule is there, for a moment
    } else {
      fail("send: " + std::to_string(result));
      return false;
    }
  }
}

void soak::send_lives(std::uint16_t index) {
  std::minstd_rand random{index + 1u};
  const auto some = [&random] { return static_cast<std::uint32_t>(random() % 3000); };
  for (std::uint32_t life = 0; !over(); ++life) {
    guest_under_test g{hv, static_cast<std::uint16_t>(first_sender + index)};
    for (std::uint32_t n = 0; n < messages_of_a_life; ++n) {
      // Each receiver gets all of them.
      for (std::uint16_t r = 0; r < receiver_count; ++r) {
        const auto to = static_cast<std::uint16_t>(first_receiver + r);
        if (!send_until_accepted(g, to, payload_of({life, n}))) return;
        ++sent[r][index];
      }
      // What becomes of these does not matter.
      g.send(mortal, steady_port, payload_of({life, n}));
      g.send(first_receiver, changing_port, payload_of({life, n}));
      g.ask(mortal, steady_port, some());
      g.ask(first_receiver, changing_port, some());
    }
  }
}

void soak::receive_all(std::uint16_t index) {
  guest_under_test& g = owners[index];
  ring_memory ring{steady_port, any, 2048};
  ASSERT_EQ(g.register_ring(ring), 0);
  std::array<numbered, sender_count> expected{};
  for (std::uint32_t looks = 0;; ++looks) {
    if (!g.wait_event()) return fail("a receiver waits for ever\n" + hv.dump());
    while (const auto m = ring.receive()) {
      g.notify();
      if (m->domain == control_id) {
        EXPECT_EQ(g.unregister_ring(ring), 0);
        return;
      }
      const auto from = static_cast<std::uint16_t>(m->domain - first_sender);
      if (from >= sender_count) return fail("a message of " + std::to_string(m->domain));
      numbered& next = expected[from];
      if (next.n == messages_of_a_life) next = {next.life + 1, 0};
      if (m->payload != payload_of(next)) {
        return fail("not what should come next: life " + std::to_string(next.life) + ", number " +
                    std::to_string(next.n));
      }
      ++next.n;
      ++received[index][from];
    }
    if (looks % 64 == 63) {
      // The positions stay, and with them the messages that nobody has read.
      EXPECT_EQ(g.unregister_ring(ring), 0);
      EXPECT_EQ(g.register_ring(ring), 0);
    }
  }
}

// Another processor of the receiver_count' domains.
void soak::change_rings(std::uint16_t index) {
  guest_under_test& g = owners[index];
  const auto partner = static_cast<std::uint16_t>(first_sender + index);
  while (!over()) {
    ring_memory for_any{changing_port, any, 512};
    ring_memory for_one{changing_port, partner, 65536};
    ring_memory bits{1, any, 32};  // a page
    EXPECT_EQ(g.register_ring(for_any), 0);
    EXPECT_EQ(g.domain().hypercall(V4V_OP_activity, address_of(&bits.header()),
                                   address_of(bits.pfns.data()), 1, 0),
              0);
    EXPECT_EQ(g.register_ring(for_one), 0);
    EXPECT_EQ(g.register_ring(for_one), -EEXIST);
    std::this_thread::yield();
    while (for_any.receive()) {
    }
    g.notify();
    EXPECT_EQ(g.unregister_ring(for_any), 0);
    EXPECT_EQ(g.domain().hypercall(V4V_OP_activity, 0, 0, 0, 0), 0);
    EXPECT_EQ(g.unregister_ring(for_one), 0);
  }
}

void soak::come_and_go() {
  while (!over()) {
    ring_memory ring{steady_port, any, 4096};
    guest_under_test g{hv, mortal};
    EXPECT_EQ(g.register_ring(ring), 0);
    for (int i = 0; i < 5; ++i) {
      std::this_thread::yield();
      while (const auto m = ring.receive()) {
        numbered what{};
        ASSERT_GE(m->payload.size(), sizeof(what));
        std::memcpy(&what, m->payload.data(), sizeof(what));
        ASSERT_TRUE(m->payload == payload_of(what));
      }
      g.notify();
    }
    // Dies with messages that nobody has read, and with those who wait.
  }
}

void soak::change_rules() {
  std::mt19937 random{7};
  const auto call = [&](std::uint32_t op, const auto& argument, std::uint64_t position) {
    return control.domain().hypercall(op, address_of(&argument), 0, position, 0);
  };
  struct {
    v4v_rule_list head;
    std::array<v4v_rule, 20> rules;
  } listed{};
  while (!over()) {
    const auto sender = static_cast<std::uint16_t>(first_sender + random() % sender_count);
    const v4v_rule reject{{0, sender, 0}, {steady_port, first_receiver, 0}, 0};
    EXPECT_EQ(call(V4V_OP_tables_add, reject, 1 + random() % 3), 0);
    listed.head = {1, 20};
    EXPECT_EQ(call(V4V_OP_tables_list, listed, 0), 0);
    EXPECT_EQ(listed.head.nb_rules, 1u);
    EXPECT_EQ(call(V4V_OP_tables_del, reject, 0), 0);
    const v4v_config limits{
        static_cast<std::uint32_t>(1 + random() % 200), 128, 256, 1 << 20, mortal, 0};
    const long configured = call(V4V_OP_config, limits, 0);
    EXPECT_TRUE(configured == 0 || configured == -ENOENT || configured == -EBUSY) << configured;
    std::this_thread::yield();
  }
}

void soak::look() {
  while (!over()) {
    EXPECT_NE(hv.dump(), "");
    hv.counters();
    std::this_thread::yield();
  }
}

TEST_P(soak, nothing_is_lost_or_duplicated_and_order_is_kept) {
  std::vector<std::thread> receiving, sending, others;
  for (std::uint16_t i = 0; i < receiver_count; ++i) {
    receiving.emplace_back([this, i] { receive_all(i); });
    others.emplace_back([this, i] { change_rings(i); });
  }
  for (std::uint16_t i = 0; i < sender_count; ++i)
    sending.emplace_back([this, i] { send_lives(i); });
  others.emplace_back([this] { come_and_go(); });
  others.emplace_back([this] { change_rules(); });
  others.emplace_back([this] { look(); });

  const auto end = std::chrono::steady_clock::now() + duration();
  while (!over() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  over_ = true;
  for (auto& t : others)
    t.join();
  for (auto& t : sending)
    t.join();
  // Behind everything else, so that what came before it has come.
  for (std::uint16_t i = 0; i < receiver_count; ++i)
    EXPECT_TRUE(send_until_accepted(control, static_cast<std::uint16_t>(first_receiver + i), ""));
  for (auto& t : receiving)
    t.join();

  std::uint64_t all = 0;
  for (std::size_t r = 0; r < receiver_count; ++r) {
    for (std::size_t s = 0; s < sender_count; ++s) {
      EXPECT_EQ(received[r][s], sent[r][s]) << "receiver " << r << ", sender " << s;
      all += received[r][s];
    }
  }
  EXPECT_GE(all, std::uint64_t{receiver_count * sender_count * messages_of_a_life});
  std::printf("%llu messages\n", static_cast<unsigned long long>(all));
}

INSTANTIATE_TEST_SUITE_P(hv, soak, ::testing::Bool(), [](const auto& one) -> std::string {
  return one.param ? "on_the_test_port" : "in_a_process";
});

}  // namespace
}  // namespace v4v::hv::testing
