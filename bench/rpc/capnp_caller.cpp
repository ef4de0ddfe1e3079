#include "capnp_caller.hpp"

#include <kj/vector.h>

#include <utility>

#include "measure/stopwatch.hpp"

namespace v4v::bench {
namespace {

// Room for the pointers; the blobs are not in the message's own memory.
constexpr capnp::MessageSize beside_blob{8, 0};

/// Keeps a number of calls in flight: each that returns makes the next one.
class in_flight {
 public:
  in_flight(Bench::Client& service, std::size_t calls) : service_{service}, to_return_{calls} {}

  /// Until so many calls have returned. As many as ever are in flight then.
  kj::Promise<void> begin(std::size_t at_once) {
    auto done = kj::newPromiseAndFulfiller<void>();
    done_ = kj::mv(done.fulfiller);
    for (; at_once > 0; --at_once)
      lanes_.add(lane());
    return kj::mv(done.promise);
  }

  kj::Promise<void> end() {
    ended_ = true;
    return kj::joinPromises(lanes_.releaseAsArray());
  }

 private:
  kj::Promise<void> lane() { return next().eagerlyEvaluate(nullptr); }

  kj::Promise<void> next() {
    return service_.nothingRequest(capnp::MessageSize{4, 0})
        .send()
        .then(
            [this](auto&&) -> kj::Promise<void> {
              if (--to_return_ == 0) done_->fulfill();
              if (ended_) return kj::READY_NOW;
              return next();
            },
            [this](kj::Exception&& e) -> kj::Promise<void> {
              if (done_->isWaiting()) done_->reject(kj::Exception{e});
              return kj::mv(e);
            });
  }

  Bench::Client& service_;
  std::size_t to_return_;
  bool ended_ = false;
  kj::Own<kj::PromiseFulfiller<void>> done_;
  kj::Vector<kj::Promise<void>> lanes_;
};

}  // namespace

capnp_caller::capnp_caller(Bench::Client service, kj::WaitScope& scope, const payload& of_run)
    : service_{kj::mv(service)}, scope_{scope}, payload_{of_run} {}

outcome capnp_caller::null_calls(std::size_t count) {
  outcome o;
  o.each.reserve(count);
  const stopwatch all;
  for (std::size_t i = 0; i < count; ++i) {
    const stopwatch time;
    service_.nothingRequest(capnp::MessageSize{4, 0}).send().wait(scope_);
    o.each.push_back(time.microseconds());
  }
  o.seconds = all.seconds();
  return o;
}

outcome capnp_caller::pipelined_calls(std::size_t count, std::size_t in_flight_calls) {
  in_flight calls{service_, count};
  const stopwatch time;
  calls.begin(in_flight_calls).wait(scope_);
  outcome o{time.seconds()};
  calls.end().wait(scope_);
  return o;
}

outcome capnp_caller::read(std::size_t bytes, std::size_t count) {
  const stopwatch time;
  for (std::size_t i = 0; i < count; ++i) {
    auto request = service_.readRequest(capnp::MessageSize{4, 0});
    request.setBytes(static_cast<std::uint32_t>(bytes));
    const auto response = request.send().wait(scope_);
    const auto blob = response.getBlob();
    require_bytes(bytes, blob.size());
    payload_.received(blob.begin(), blob.size());
  }
  return {time.seconds()};
}

outcome capnp_caller::write(std::size_t bytes, std::size_t count) {
  const stopwatch time;
  for (std::size_t i = 0; i < count; ++i) {
    auto request = service_.writeRequest(beside_blob);
    const Bench::WriteParams::Builder& parameters = request;
    request.adoptBlob(payload_.to_send().first(
        bytes, capnp::Orphanage::getForMessageContaining(Bench::WriteParams::Builder{parameters})));
    require_bytes(bytes, request.send().wait(scope_).getBytes());
  }
  return {time.seconds()};
}

outcome capnp_caller::push(std::size_t bytes, std::size_t count) {
  const std::uint64_t before = pushed();
  const stopwatch time;
  for (std::size_t i = 0; i < count; ++i) {
    auto request = service_.pushRequest(beside_blob);
    const Bench::PushParams::Builder& parameters = request;
    request.adoptChunk(payload_.to_send().first(
        bytes, capnp::Orphanage::getForMessageContaining(Bench::PushParams::Builder{parameters})));
    request.send().wait(scope_);
  }
  require_bytes(bytes * count, pushed() - before);
  return {time.seconds()};
}

std::uint64_t capnp_caller::pushed() {
  return service_.pushedRequest(capnp::MessageSize{4, 0}).send().wait(scope_).getBytes();
}

}  // namespace v4v::bench
