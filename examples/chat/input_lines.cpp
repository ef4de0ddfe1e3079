#include "input_lines.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/read_until.hpp>

#include "no_throw.hpp"

namespace chat {

// Not to block is a property of what was opened, not of the descriptor, and a terminal is mostly
// opened once for input and output: then writes to it would fail when it is slow. So it is opened
// once more.
int input_lines::standard_input() {
  int descriptor = -1;
  if (::isatty(STDIN_FILENO) == 1)
    descriptor = ::open("/proc/self/fd/0", O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) descriptor = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) throw std::system_error(errno, std::system_category(), "standard input");
  return descriptor;
}

asio::awaitable<std::optional<std::string>> input_lines::next() {
  const auto [error, n] =
      co_await asio::async_read_until(descriptor_, asio::dynamic_buffer(text_), '\n', no_throw);
  if (!descriptor_.is_open()) co_return std::nullopt;
  if (!error) {
    std::string line = text_.substr(0, n - 1);
    text_.erase(0, n);
    co_return line;
  }
  if (text_.empty()) co_return std::nullopt;
  co_return std::exchange(text_, {});  // the last one may have no newline
}

}  // namespace chat
