#pragma once

#include <chrono>
#include <string_view>

#include <v4v/guest.hpp>

#include "measure/columns.hpp"

namespace v4v::bench {

/// How guests poll in a column of v4v's modes.
inline busy_poll polling_in(std::string_view mode) {
  if (mode == column::poll) return busy_poll{std::chrono::microseconds{200}};
  return mode == column::adaptive ? busy_poll::adaptive() : busy_poll::off();
}

}  // namespace v4v::bench
