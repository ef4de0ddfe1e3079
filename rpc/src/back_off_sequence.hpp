#pragma once

#include <chrono>
#include <random>

#include "v4v/rpc/client_options.hpp"

namespace v4v::rpc {

/// The waits of one client.
class back_off_sequence {
 public:
  /// Throws kj::Exception (FAILED) unless 0 < first <= longest and 0 <= jitter <= 1.
  explicit back_off_sequence(const back_off& options, unsigned seed = std::random_device{}());

  /// How long to wait this time.
  [[nodiscard]] std::chrono::nanoseconds next();

  /// It was worth it: the next wait is a first one.
  void reset() noexcept { wait_ = options_.first; }

 private:
  back_off options_;
  std::chrono::nanoseconds wait_;
  std::minstd_rand random_;
};

}  // namespace v4v::rpc
