#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace v4v::bench::report {

/// A value of a JSON document that knows where it stands. Everything it gives was checked, or it
/// throws document_error with that place. Refers to the document, which must live longer.
class checked_json {
 public:
  explicit checked_json(const nlohmann::ordered_json& root) : value_(&root) {}

  /// The member of an object.
  checked_json operator[](std::string_view key) const;
  std::optional<checked_json> find(std::string_view key) const;
  std::vector<std::pair<std::string, checked_json>> members() const;

  /// The elements of an array.
  std::vector<checked_json> elements() const;

  /// One line of UTF-8: what is no UTF-8 is replaced, and a control character is a space.
  std::string text() const;
  std::vector<std::string> texts() const;
  bool flag() const;
  double number() const;  ///< Finite, and not beyond what can be measured.
  double not_negative() const;
  unsigned count() const;

  [[noreturn]] void refuse(std::string_view why) const;

 private:
  checked_json(const nlohmann::ordered_json& value, std::string where)
      : value_(&value), where_(std::move(where)) {}

  std::string member(std::string_view key) const;
  [[noreturn]] void refuse_type(std::string_view wanted) const;

  const nlohmann::ordered_json* value_;
  std::string where_;
};

}  // namespace v4v::bench::report
