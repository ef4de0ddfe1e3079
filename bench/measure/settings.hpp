#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace v4v::bench {

/// What is measured, and how long. Everything that a plan is made by.
struct settings {
  bool full = false;                     ///< All sizes and counts, not just some of them.
  std::vector<std::string> modes;        ///< Of v4v: columns, of column::modes.
  std::vector<std::string> peers;        ///< Names of peers, of beside::all.
  std::vector<std::size_t> sizes;        ///< Bytes; empty: those of each suite.
  std::string only;                      ///< Figures whose name has this in it; empty: all.
  int repetitions = 3;                   ///< At least 1.
  std::chrono::milliseconds least{100};  ///< That a measurement lasts, in each repetition.
  std::size_t rounds = 0;  ///< If not 0: so many in each measurement, however long it lasts.
  bool pin = false;        ///< The two threads of a measurement to a processor each.

  [[nodiscard]] bool has_peer(const std::string& name) const;
};

}  // namespace v4v::bench
