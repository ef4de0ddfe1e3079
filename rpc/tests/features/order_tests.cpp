// Calls on one capability arrive in the order in which they were made, under load, in both
// directions, for each of four domains.

#include <optional>
#include <thread>
#include <vector>

#include "ledger.hpp"
#include "one_thread.hpp"
#include "serving_domain.hpp"
#include "v4v/rpc/client.hpp"

namespace v4v::rpc::testing {
namespace {

constexpr std::uint32_t calls_a_client = sanitized ? 300 : 1000;
constexpr domain_type domains = 4;

/// Writes down what one domain tells it, and tells each number to the ledger that this one left.
class answering_exchange final : public Exchange::Server {
 public:
  explicit answering_exchange(numbers& heard) : heard_{heard} {}

 protected:
  kj::Promise<void> leave(LeaveContext context) override {
    left_ = context.getParams().getLedger();
    return kj::READY_NOW;
  }
  kj::Promise<void> appendLeft(AppendLeftContext context) override {
    const auto number = context.getParams().getFirst();
    heard_.push_back(number);
    return append(left_, number);
  }

 private:
  numbers& heard_;
  Ledger::Client left_ = nullptr;
};

TEST(order, of_calls_is_kept_in_both_directions_for_four_domains_at_once) {
  hv::embedded hypervisor;
  std::vector<numbers> heard_by_server(domains), heard_by_client(domains);
  {
    serving_domain domain{hypervisor, 1, [&](const peer& p) -> capnp::Capability::Client {
                            return kj::heap<answering_exchange>(
                                heard_by_server[static_cast<std::size_t>(p.domain - 2)]);
                          }};
    std::vector<std::thread> threads;
    for (domain_type i = 0; i < domains; ++i) {
      threads.emplace_back([&, i] {
        asio::io_context io;
        v4v::guest guest{io, v4v::embedded_link(hypervisor, static_cast<domain_type>(i + 2))};
        event_loop loop{io};
        client client{loop, guest, {1, service_port}};
        auto exchange = client.bootstrap<Exchange>();
        auto leave = exchange.leaveRequest();
        leave.setLedger(kj::heap<ledger>(heard_by_client[i]));
        leave.send().wait(loop.wait_scope());
        auto all = kj::heapArrayBuilder<kj::Promise<void>>(calls_a_client);
        for (std::uint32_t n = 0; n < calls_a_client; ++n) {
          auto request = exchange.appendLeftRequest();
          request.setFirst(n);
          all.add(request.send().ignoreResult());
        }
        kj::joinPromises(all.finish()).wait(loop.wait_scope());
      });
    }
    for (auto& thread : threads)
      thread.join();
  }
  for (std::size_t i = 0; i < domains; ++i) {
    EXPECT_EQ(heard_by_server[i], counting_to(calls_a_client));
    EXPECT_EQ(heard_by_client[i], counting_to(calls_a_client));
  }
}

}  // namespace
}  // namespace v4v::rpc::testing
