#include "progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>

namespace filetransfer {
namespace {

using namespace std::chrono_literals;

constexpr auto between_bars = 100ms;
constexpr auto between_lines = 5s;
constexpr std::size_t narrowest = 40;
constexpr std::size_t narrowest_bar = 12;
constexpr std::size_t widest_bar = 60;
constexpr std::size_t widest_speed = 34;  // of numbers() behind the amount

// 0 when the standard error is no terminal.
std::size_t columns() {
  winsize size{};
  if (::isatty(STDERR_FILENO) == 0) return 0;
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string readable_time(double seconds) {
  if (seconds < 1) return "less than 1 s";
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.0f} h", seconds / 3600);
}

// `width` columns, the brackets among them.
std::string bar(double share, std::size_t width) {
  width -= 2;
  const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
  const bool has_tip = full < width;
  return fmt::format("[{}{}{}]", std::string(full, '='), has_tip ? ">" : "",
                     std::string(width - full - (has_tip ? 1 : 0), ' '));
}

}  // namespace

std::string readable_bytes(std::uint64_t bytes) {
  constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes == 1) return "1 byte";
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  auto value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; value >= 1023.95 && unit + 1 < units.size(); ++unit)  // what would be "1024.0"
    value /= 1024;
  return fmt::format("{:.1f} {}", value, units[unit]);
}

progress::mode progress::for_standard_error() {
  return columns() < narrowest ? mode::lines : mode::bar;
}

void progress::begin(std::string_view what, std::uint64_t done, std::uint64_t total) {
  what_ = what;
  begun_at_ = done;
  total_ = total;
  begin_ = shown_ = clock::now();
  if (drawn_) show(begin_, done);  // in place of what was shown before
}

void progress::at(std::uint64_t done) {
  if (mode_ == mode::quiet) return;
  const auto now = clock::now();
  if (now - shown_ >= (mode_ == mode::bar ? clock::duration(between_bars) : between_lines))
    show(now, done);
}

void progress::show(clock::time_point now, std::uint64_t done) {
  shown_ = now;
  const double share = total_ == 0 ? 1 : static_cast<double>(done) / static_cast<double>(total_);
  const auto begin = fmt::format("{:<9} {:3.0f} % ", what_, 100 * share);
  const auto [amount, speed] = numbers(now, done);
  if (mode_ == mode::lines) {
    fmt::print(stderr, "{}{}{}\n", begin, amount, speed);
    return;
  }
  drawn_ = true;
  // One less than there are: the cursor stands in the last. What does not fit is left out.
  const auto room = columns() - 1;
  auto text = begin;
  if (const auto taken = begin.size() + amount.size() + widest_speed; taken + narrowest_bar <= room)
    text += bar(share, std::min(room - taken, widest_bar));
  text += amount;
  if (text.size() + speed.size() <= room) text += speed;
  fmt::print(stderr, "\r\033[K{}", text.substr(0, room));
}

std::pair<std::string, std::string> progress::numbers(clock::time_point now,
                                                      std::uint64_t done) const {
  // Of one width as long as the total is the same, or the bar would jump.
  const auto amount = fmt::format(" {:>10} of {}", readable_bytes(done), readable_bytes(total_));
  const auto seconds = std::chrono::duration<double>(now - begin_).count();
  const auto rate = seconds > 0 ? static_cast<double>(done - begun_at_) / seconds : 0;
  if (rate < 1) return {amount, ""};
  return {amount,
          fmt::format("  {:>10}/s  {} left", readable_bytes(static_cast<std::uint64_t>(rate)),
                      readable_time(static_cast<double>(total_ - done) / rate))};
}

void progress::say(std::string_view line) {
  if (mode_ == mode::quiet) return;
  clear();
  fmt::print(stderr, "{}\n", line);
}

void progress::clear() {
  if (drawn_) fmt::print(stderr, "\r\033[K");
  drawn_ = false;
}

}  // namespace filetransfer
