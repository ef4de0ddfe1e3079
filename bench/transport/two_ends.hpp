#pragma once

#include <memory>

#include <asio/io_context.hpp>

namespace v4v::bench {

/// How many threads the two ends of a connection are for.
enum class threads { one, two };

/// Where the two ends of a connection run: an io_context each, or the same for both.
class two_ends {
 public:
  explicit two_ends(threads count)
      : there_{count == threads::two ? std::make_unique<asio::io_context>(1) : nullptr} {}

  asio::io_context& here() { return here_; }
  asio::io_context& there() { return there_ ? *there_ : here_; }

  /// Its threads look for something to do, and never sleep.
  bool spin = false;

 private:
  asio::io_context here_{1};
  std::unique_ptr<asio::io_context> there_;
};

}  // namespace v4v::bench
