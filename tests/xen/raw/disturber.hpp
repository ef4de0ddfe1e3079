#pragma once

#include <atomic>
#include <thread>

#include "battlefield.hpp"

namespace v4v::raw {

/// A thread that changes what calls are about while they run: the headers of rings, arguments,
/// frame numbers (to others that are allowed). It lives as long as the object.
class disturber {
 public:
  disturber(battlefield& field, std::uint64_t seed);
  ~disturber();
  disturber(const disturber&) = delete;
  disturber& operator=(const disturber&) = delete;

 private:
  void run();
  void change_header();
  void change_arguments();
  void change_frame();

  battlefield& field_;
  dice dice_;
  std::atomic<bool> enough_{false};
  std::thread thread_;  // the last: it uses the others
};

}  // namespace v4v::raw
