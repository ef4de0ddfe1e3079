#pragma once

#include <chrono>
#include <string>

namespace v4v::bench {

/// A sign of life on the standard error, from the third second on: in place on a terminal, else a
/// line now and then. It has no thread, which would be one more beside those that are measured.
class progress {
 public:
  ~progress();
  void show(const std::string& text);

 private:
  using clock = std::chrono::steady_clock;
  clock::time_point next_ = clock::now() + std::chrono::seconds{2};
  bool shown_ = false;
};

}  // namespace v4v::bench
