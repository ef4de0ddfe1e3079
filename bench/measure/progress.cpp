#include "measure/progress.hpp"

#include <unistd.h>

#include <cstdio>

#include <fmt/core.h>

namespace v4v::bench {
namespace {

bool on_terminal() { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace

progress::~progress() {
  if (shown_ && on_terminal()) fmt::print(stderr, "\r\033[K");
}

void progress::show(const std::string& text) {
  if (clock::now() < next_) return;
  shown_ = true;
  if (on_terminal()) {
    fmt::print(stderr, "\r\033[K  {}", text);
  } else {
    fmt::print(stderr, "  {}\n", text);
    next_ = clock::now() + std::chrono::seconds{10};
  }
  std::fflush(stderr);
}

}  // namespace v4v::bench
