#pragma once

#include <list>
#include <string>
#include <vector>

namespace v4v::bench {

/// The samples of one figure in one column, one for each repetition.
struct series {
  std::string figure;
  std::string column;
  std::string unit;
  std::vector<double> samples;
};

/// All series, in the order in which they were added.
class results {
 public:
  void add(const std::string& figure, const std::string& column, const std::string& unit,
           double sample);

  /// Null if it was not measured.
  [[nodiscard]] const series* find(const std::string& figure, const std::string& column) const;

  [[nodiscard]] const std::list<series>& all() const { return all_; }

 private:
  std::list<series> all_;
};

}  // namespace v4v::bench
