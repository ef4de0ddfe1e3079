#include <fmt/format.h>

#include <cerrno>
#include <string>

#include "expect.hpp"
#include "limits.hpp"
#include "loopback.hpp"
#include "ring.hpp"

namespace v4v::raw {
namespace {

constexpr std::uint32_t asked_port = 3000;
constexpr std::uint32_t asked_len = 1024;

/// A notify block in the first pages from page 1 of a memory on.
class questions {
 public:
  questions(hypervisor& hv, memory& in, std::uint32_t count)
      : hv_(hv), data_(new (in.page(1)) v4v_ring_data{}) {
    data_->magic = V4V_RING_DATA_MAGIC;
    data_->nent = count;
    for (std::uint32_t i = 0; i < count; ++i)
      entry(i) = v4v_ring_data_ent{};
  }
  [[nodiscard]] v4v_ring_data& header() const { return *data_; }
  [[nodiscard]] v4v_ring_data_ent& entry(std::uint32_t i) const {
    return v4v_ring_data_entries(data_)[i];
  }
  long ask() { return hv_.call(V4V_OP_notify, address(data_)); }

  void ask_about(std::uint32_t i, v4v_addr ring, std::uint32_t space) {
    entry(i) = {ring, 0xffff, 0xffff, space, 0xffffffff};
  }

 private:
  hypervisor& hv_;
  v4v_ring_data* const data_;
};

void reach_limit_of_questions(const domain& here, memory& in) {
  const std::uint32_t most = here.limits.max_notify;
  require((most + 1) * sizeof(v4v_ring_data_ent) < in.bytes().size() - 2 * V4V_PAGE_SIZE,
          "max_notify is one that this program has the pages for");
  questions q(here.hv, in, most);
  for (std::uint32_t i = 0; i < most; ++i)
    q.ask_about(i, {asked_port, here.id, 0}, 0);
  expect(q.ask(), 0, fmt::format("max_notify questions, {}, are answered", most));
  for (std::uint32_t i = 0; i < most; ++i)
    require(q.entry(i).flags != 0xffff, fmt::format("question {} is answered", i + 1));
  for (const std::uint32_t count : {most + 1, 0xffffffffu}) {
    q.header().nent = count;
    expect(q.ask(), -ENOSPC, fmt::format("{} questions", count));
  }
  q.header() = {};
  q.header().magic = V4V_RING_DATA_MAGIC ^ 1;
  expect(q.ask(), -EINVAL, "questions with another magic");
}

void expect_answers(const domain& here, memory& in) {
  ring r(here.hv, in, 0, asked_port, V4V_DOMAIN_ANY, asked_len);
  require(r.enter(), 0, "a ring is registered");
  const v4v_addr to{asked_port, here.id, 0};
  questions q(here.hv, in, 2);
  q.ask_about(0, to, v4v_max_payload(asked_len));
  q.ask_about(1, {asked_port + 1, here.id, 0}, 16);
  require(q.ask(), 0, "notify");
  expect(q.entry(0).flags, V4V_RING_EXISTS | V4V_RING_EMPTY | V4V_RING_SUFFICIENT,
         "an empty ring is said to be there, empty, and to have the space for its largest payload");
  expect(q.entry(0).max_message_size, v4v_max_payload(asked_len),
         "max_message_size is that payload");
  expect(q.entry(0).generation != 0, "generation is not 0");
  expect(q.entry(1).flags == 0 && q.entry(1).generation == 0 && q.entry(1).max_message_size == 0,
         "about a ring that there is not all answers are 0");

  require(send(here.hv, to, std::string(900, 'n')), 900, "a message to oneself");
  q.ask_about(0, to, 900);
  require(q.ask(), 0, "notify");
  expect(q.entry(0).flags, V4V_RING_EXISTS | V4V_RING_PENDING,
         "a ring that is nearly full is said to be there, and this domain to wait for space");
  require(r.receive().has_value(), "the message is in the ring");
  q.ask_about(0, to, 900);
  require(q.ask(), 0, "notify");
  expect(q.entry(0).flags, V4V_RING_EXISTS | V4V_RING_EMPTY | V4V_RING_SUFFICIENT,
         "once the message is read there is space again");
  require(r.leave(), 0, "the ring is unregistered");
}

}  // namespace

void reach_limits_of_notify(const domain& here, memory& in) {
  expect(here.hv.call(V4V_OP_notify), 0, "notify without questions is all right");
  reach_limit_of_questions(here, in);
  expect_answers(here, in);
}

}  // namespace v4v::raw
