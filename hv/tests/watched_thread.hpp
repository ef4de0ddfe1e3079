#pragma once

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

namespace v4v::hv::testing {

/// A thread of which a test can tell that it waits: there is no need to guess how long that takes.
class watched_thread {
 public:
  template <class F>
  explicit watched_thread(F f)
      : thread_{[this, run = std::move(f)]() mutable {
          id_ = gettid();
          run();
        }} {}
  ~watched_thread() { join(); }
  watched_thread(const watched_thread&) = delete;
  watched_thread& operator=(const watched_thread&) = delete;

  void join() {
    if (thread_.joinable()) thread_.join();
  }

  /// Until it sleeps in the kernel. It must not end before.
  void wait_until_asleep() const {
    while (state() != 'S')
      std::this_thread::yield();
  }

 private:
  // proc(5): pid (name) state ...
  [[nodiscard]] char state() const {
    if (id_ == 0) return 0;
    std::ifstream file{"/proc/self/task/" + std::to_string(id_) + "/stat"};
    std::string line;
    std::getline(file, line);
    const auto end_of_name = line.rfind(") ");
    return end_of_name == std::string::npos ? '\0' : line[end_of_name + 2];
  }

  std::atomic<pid_t> id_{0};
  std::thread thread_;
};

}  // namespace v4v::hv::testing
