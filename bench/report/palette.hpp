#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/document.hpp"

namespace v4v::bench::report {

/// How somebody who was measured looks, in every plot.
struct look {
  std::string column;
  std::string light;   ///< The colour on a light ground, as #rrggbb.
  std::string dark;    ///< On a dark one.
  std::string dashes;  ///< As gnuplot's `dashtype`: a number, or a pattern in quotes.
  int marker = 7;      ///< As gnuplot's `pointtype`.
  double width = 1.5;  ///< Of lines, in pixels.
};

/// Colours that people who cannot tell red from green can tell apart (after Okabe and Ito); and
/// nobody is told by colour alone. Ours are warm and thick, peers cool, floors grey. Names that are
/// not known get what is free, in the order in which the document has them.
class palette {
 public:
  explicit palette(const document& d);

  /// The place of a column among `all()`, those of v4v first.
  std::size_t index(std::string_view column) const;
  const look& of(std::string_view column) const { return all_[index(column)]; }
  const std::vector<look>& all() const { return all_; }

 private:
  std::vector<look> all_;
};

/// Things like a cache line's way between two cores, which are figures of their own without a place
/// and lines in the plots of others.
bool is_floor(const document::figure& f);

}  // namespace v4v::bench::report
