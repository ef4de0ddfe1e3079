#pragma once

#include <kj/async.h>

#include <cstddef>
#include <utility>

namespace calculator {

/// Sends calls and waits for answers, and counts both. A call costs a round trip only if somebody
/// waits for its answer before going on: all that are sent between two waits share one.
class asking {
 public:
  explicit asking(kj::WaitScope& scope) : scope_(scope) {}

  template <class Request>
  auto send(Request&& request) {
    ++calls_;
    return request.send();
  }

  template <class Promise>
  auto wait(Promise&& promise) {
    ++round_trips_;
    return std::forward<Promise>(promise).wait(scope_);
  }

  [[nodiscard]] std::size_t calls() const { return calls_; }
  [[nodiscard]] std::size_t round_trips() const { return round_trips_; }

 private:
  kj::WaitScope& scope_;
  std::size_t calls_ = 0;
  std::size_t round_trips_ = 0;
};

}  // namespace calculator
