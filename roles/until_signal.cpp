#include "roles/until_signal.hpp"

#include <fmt/format.h>

#include <asio/signal_set.hpp>
#include <csignal>
#include <cstdio>

namespace roles {

void serve_until_signal(asio::io_context& io, v4v::domain_type domain) {
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&io](const std::error_code& error, int) {
    if (!error) io.stop();
  });
  fmt::print("serving as domain {}\n", domain);
  std::fflush(stdout);  // who has started this may wait for it
  io.run();
}

}  // namespace roles
