#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace v4v::bench::report {

/// What `v4v-bench --json` writes, checked: every number is finite, every text is UTF-8 of one
/// line, and what belongs together is together.
struct document {
  /// Of one measurement, over its repetitions: least <= median <= most.
  struct spread {
    double median = 0;
    double least = 0;
    double most = 0;
    std::vector<double> samples;  ///< One for each repetition.
  };

  struct percentile {
    double percent = 0;  ///< 0 to 100.
    double value = 0;
  };

  /// A point of a cumulative distribution: this share, 0 to 1, took at most `value`.
  struct share {
    double value = 0;
    double share = 0;
  };

  /// Where on an axis a figure is: 64 of "B", 16 of "connections".
  struct place {
    double at = 0;  ///< Not negative.
    std::string of;
  };

  struct figure {
    std::string suite;
    std::string name;
    std::string column;  ///< Who was measured.
    std::string unit;
    std::optional<place> where;
    spread values;
    std::vector<percentile> percentiles;  ///< Ascending; empty where single rounds were not timed.
    std::vector<share> distribution;      ///< Ascending; as above.
  };

  /// What a mode of v4v is beside something else.
  struct ratio {
    std::string suite;
    std::string name;
    std::string column;
    std::string wanted;  ///< In words; empty if nothing was decided.
    bool headline = false;
    spread values;
  };

  struct version {
    std::string of;
    std::string is;
  };

  struct conditions {
    std::string begun;
    std::string processor;
    unsigned processors = 0;
    bool emulated = false;
    std::string governor;
    std::string kernel;
    std::string compiler;
    std::vector<version> versions;
    std::vector<std::string> modes;
    std::string pinning;
    std::string effort;
    unsigned repetitions = 0;
    double milliseconds = 0;  ///< That each measurement lasts at least.
    double load = 0;
    double others = 0;  ///< Processors that other programs used meanwhile.
    double stolen = 0;  ///< Processors that the host took meanwhile.
    bool complete = false;
    std::vector<std::string> warnings;
  };

  conditions measured;
  std::vector<ratio> ratios;
  std::vector<figure> figures;
};

/// Names the key that is wrong, as `figures[3].median`, and what is wrong with it.
class document_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Trusts nothing. Keys that it does not know are left out; throws document_error.
document read_document(const nlohmann::ordered_json& json);

}  // namespace v4v::bench::report
