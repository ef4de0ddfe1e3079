#pragma once

#include <optional>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/posix/stream_descriptor.hpp>

namespace chat {

/// The lines of a file, a pipe or a terminal, for coroutines that have others beside them.
class input_lines {
 public:
  /// Of the standard input. Throws std::system_error.
  static int standard_input();

  /// Owns `descriptor`, and reads it without blocking.
  input_lines(const asio::any_io_executor& executor, int descriptor)
      : descriptor_(executor, descriptor) {}

  /// The next line, without its newline; none at the end, or after cancel().
  asio::awaitable<std::optional<std::string>> next();

  /// No more lines, also for the one who waits for the next.
  void cancel() { descriptor_.close(); }

 private:
  asio::posix::stream_descriptor descriptor_;
  std::string text_;
};

}  // namespace chat
