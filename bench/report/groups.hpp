#pragma once

#include <string>
#include <vector>

#include "report/document.hpp"
#include "report/palette.hpp"

namespace v4v::bench::report {

/// Everything of one name in one unit, which belongs into one plot or table: in all columns, at all
/// places. Refers to the document.
struct group {
  std::string suite;
  std::string name;
  std::string unit;
  std::string of;                    ///< Of what its places are; empty if it has none.
  std::vector<double> places;        ///< Ascending, each once.
  std::vector<std::string> columns;  ///< Each once, in the order of the palette.
  std::vector<const document::figure*> figures;

  /// Those of a column, in the order of their places.
  std::vector<const document::figure*> in(const std::string& column) const;
  /// Those at a place.
  std::vector<const document::figure*> at(double place) const;
};

/// In the order in which the document has them.
std::vector<group> groups_of(const document& d, const palette& colours);

/// Ratios of one name, each in a list, in the order in which the document has them.
std::vector<std::vector<const document::ratio*>> by_name(
    const std::vector<const document::ratio*>& all);

/// The floors that can be shown beside a group: of its suite, in its unit.
std::vector<const document::figure*> floors_beside(const document& d, const group& g);

}  // namespace v4v::bench::report
