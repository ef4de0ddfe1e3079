#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace filetransfer {

/// As people read it: "17 bytes", "1.2 GiB".
std::string readable_bytes(std::uint64_t bytes);

/// What is under way, on the standard error: a bar on a terminal, else a line every few seconds.
class progress {
 public:
  enum class mode { quiet, lines, bar };

  /// A bar if the standard error is a terminal, which must be wide enough.
  static mode for_standard_error();

  explicit progress(mode how) : mode_(how) {}
  ~progress() { clear(); }
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// `what` is done with `done` of `total` bytes.
  void begin(std::string_view what, std::uint64_t done, std::uint64_t total);
  void at(std::uint64_t done);

  /// A line that stays.
  void say(std::string_view line);

  /// Takes the bar away.
  void clear();

 private:
  using clock = std::chrono::steady_clock;

  void show(clock::time_point now, std::uint64_t done);
  // How much is done, and how fast that goes.
  [[nodiscard]] std::pair<std::string, std::string> numbers(clock::time_point now,
                                                            std::uint64_t done) const;

  mode mode_;
  std::string what_;
  std::uint64_t begun_at_ = 0;
  std::uint64_t total_ = 0;
  clock::time_point begin_;
  clock::time_point shown_;
  bool drawn_ = false;
};

}  // namespace filetransfer
