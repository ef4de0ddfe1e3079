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
  /// What a sample was made of, where that is kept: for each repetition, every single one.
  std::vector<std::vector<double>> singles;
};

/// All series, in the order in which they were added.
class results {
 public:
  void add(const std::string& figure, const std::string& column, const std::string& unit,
           double sample);

  /// The single ones behind the sample that was last added to a series.
  void keep_singles(const std::string& figure, const std::string& column,
                    std::vector<double> singles);

  /// Null if it was not measured.
  [[nodiscard]] const series* find(const std::string& figure, const std::string& column) const;

  [[nodiscard]] const std::list<series>& all() const { return all_; }

 private:
  series* find(const std::string& figure, const std::string& column);

  std::list<series> all_;
};

}  // namespace v4v::bench
