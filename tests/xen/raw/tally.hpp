#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace v4v::raw {

/// How often which operation had which result.
class tally {
 public:
  void add(std::uint64_t op, long result);
  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  /// In one line: "sendv ok 12, EAGAIN 3; notify ok 5".
  [[nodiscard]] std::string text() const;

 private:
  std::uint64_t calls_ = 0;
  std::map<std::string_view, std::map<long, std::uint64_t>> counts_;
};

}  // namespace v4v::raw
