#include "report/palette.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace v4v::bench::report {
namespace {

constexpr const char* solid = "1";
constexpr const char* dashed = "'-'";
constexpr const char* dotted = "'.'";
constexpr const char* both = "'-.'";

struct known_look {
  const char* column;
  const char* light;
  const char* dark;
  const char* dashes;
  int marker;
  double width;
};

// Markers: 5 square, 7 circle, 9 triangle, 11 triangle on its head, 13 diamond; 4, 6, ... hollow; 1
// cross, 2 another. The order is that of legends.
constexpr std::array known{
    known_look{"v4v", "#d55e00", "#ff8a3d", solid, 7, 2.6},
    known_look{"hv", "#d55e00", "#ff8a3d", solid, 7, 2.6},
    known_look{"v4v poll", "#d55e00", "#ff8a3d", solid, 7, 2.6},
    known_look{"v4v stream", "#d55e00", "#ff8a3d", solid, 7, 2.6},
    known_look{"v4v stream poll", "#d55e00", "#ff8a3d", solid, 7, 2.6},
    known_look{"v4v sleep", "#e0a000", "#ffd166", dashed, 9, 2.6},
    known_look{"v4v stream sleep", "#e0a000", "#ffd166", dashed, 9, 2.6},
    known_look{"v4v datagram", "#a8324a", "#ff7a93", solid, 13, 2.6},
    known_look{"v4v datagram poll", "#a8324a", "#ff7a93", solid, 13, 2.6},
    known_look{"v4v datagram sleep", "#a8324a", "#ff7a93", dashed, 12, 2.6},
    known_look{"UNIX", "#0072b2", "#5ab4f0", solid, 5, 1.6},
    known_look{"UNIX stream", "#0072b2", "#5ab4f0", solid, 5, 1.6},
    known_look{"UNIX poll", "#4da3d8", "#a5d8ff", dashed, 4, 1.6},
    known_look{"UNIX datagram", "#4da3d8", "#a5d8ff", dashed, 4, 1.6},
    known_look{"TCP", "#007d5a", "#35c99a", both, 11, 1.6},
    known_look{"KJ", "#0072b2", "#5ab4f0", solid, 5, 1.6},
    known_look{"gRPC", "#007d5a", "#35c99a", both, 11, 1.6},
    known_look{"gRPC spin", "#9a5fa8", "#d9a3e6", dashed, 10, 1.6},
    known_look{"memcpy", "#6b7280", "#a3aab5", dotted, 2, 1.6},
    known_look{"one thread", "#6b7280", "#a3aab5", dotted, 2, 1.6},
    known_look{"floor", "#6b7280", "#a3aab5", dotted, 2, 1.6},
    known_look{"floor: one core's copy loop", "#6b7280", "#a3aab5", dotted, 2, 1.6},
    known_look{"floor: cache line", "#6b7280", "#a3aab5", dotted, 2, 1.6},
    known_look{"floor: eventfd", "#3f4650", "#d0d5dc", both, 1, 1.6},
};

constexpr std::array spare{
    known_look{"", "#b8547e", "#f3a0c4", solid, 6, 1.6},
    known_look{"", "#5b6fd6", "#a9b6ff", both, 8, 1.6},
    known_look{"", "#7a6a00", "#d9c95a", dashed, 12, 1.6},
    known_look{"", "#0f8b8d", "#5fd4d6", dotted, 3, 1.6},
    known_look{"", "#7f4f24", "#d9a679", both, 10, 1.6},
};

look made_of(const known_look& k, std::string_view column) {
  return {std::string(column), k.light, k.dark, k.dashes, k.marker, k.width};
}

const known_look* find_known(std::string_view column) {
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const known_look& k) { return k.column == column; });
  return found == known.end() ? nullptr : &*found;
}

}  // namespace

palette::palette(const document& d) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const document::figure& f : d.figures) {
    add(f.column);
    if (is_floor(f)) add(f.name);
  }
  for (const document::ratio& r : d.ratios)
    add(r.column);

  for (const known_look& k : known)
    if (std::find(names.begin(), names.end(), k.column) != names.end())
      all_.push_back(made_of(k, k.column));
  std::size_t used = 0;
  for (const std::string& name : names)
    if (find_known(name) == nullptr) all_.push_back(made_of(spare[used++ % spare.size()], name));
}

std::size_t palette::index(std::string_view column) const {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const look& l) { return l.column == column; });
  return static_cast<std::size_t>(std::distance(all_.begin(), found));
}

bool is_floor(const document::figure& f) { return f.name.starts_with("floor: ") && !f.where; }

}  // namespace v4v::bench::report
