#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

#include "features/features.capnp.h"

namespace v4v::rpc::testing {

using numbers = std::vector<std::uint32_t>;

/// Writes down the numbers that it is told, in the order in which it is told them.
class ledger final : public Ledger::Server {
 public:
  explicit ledger(numbers& written) : written_{written} {}

 protected:
  kj::Promise<void> append(AppendContext context) override {
    written_.push_back(context.getParams().getNumber());
    return kj::READY_NOW;
  }

 private:
  numbers& written_;
};

inline kj::Promise<void> append(Ledger::Client to, std::uint32_t number) {
  auto request = to.appendRequest();
  request.setNumber(number);
  return request.send().ignoreResult();
}

/// So many appends at once, from `first` on.
inline kj::Promise<void> append_many(Ledger::Client to, std::uint32_t first, std::uint32_t count) {
  auto calls = kj::heapArrayBuilder<kj::Promise<void>>(count);
  for (std::uint32_t i = 0; i < count; ++i)
    calls.add(append(to, first + i));
  return kj::joinPromises(calls.finish());
}

/// 0, 1, 2... so many of them.
inline numbers counting_to(std::uint32_t count) {
  numbers all(count);
  std::iota(all.begin(), all.end(), 0u);
  return all;
}

}  // namespace v4v::rpc::testing
