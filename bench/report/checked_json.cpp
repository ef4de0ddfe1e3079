#include "report/checked_json.hpp"

#include <cmath>
#include <limits>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "report/document.hpp"

namespace v4v::bench::report {
namespace {

using nlohmann::ordered_json;

std::string one_line(const std::string& text) {
  // A document that was made in memory may have anything in its texts; the library only looks at
  // their bytes when it writes them.
  const auto written =
      ordered_json(text).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  auto line = ordered_json::parse(written).get<std::string>();
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return line;
}

}  // namespace

checked_json checked_json::operator[](std::string_view key) const {
  auto found = find(key);
  if (!found) throw document_error(fmt::format("{} is missing", member(key)));
  return *std::move(found);
}

std::optional<checked_json> checked_json::find(std::string_view key) const {
  if (!value_->is_object()) refuse_type("an object");
  const auto found = value_->find(std::string(key));
  if (found == value_->end()) return std::nullopt;
  return checked_json(*found, member(key));
}

std::vector<std::pair<std::string, checked_json>> checked_json::members() const {
  if (!value_->is_object()) refuse_type("an object");
  std::vector<std::pair<std::string, checked_json>> all;
  for (const auto& [key, value] : value_->items()) {
    const std::string name = one_line(key);
    all.emplace_back(name, checked_json(value, member(name)));
  }
  return all;
}

std::vector<checked_json> checked_json::elements() const {
  if (!value_->is_array()) refuse_type("an array");
  std::vector<checked_json> all;
  all.reserve(value_->size());
  for (const ordered_json& element : *value_)
    all.push_back(checked_json(element, fmt::format("{}[{}]", where_, all.size())));
  return all;
}

std::string checked_json::text() const {
  if (!value_->is_string()) refuse_type("a text");
  return one_line(value_->get_ref<const std::string&>());
}

std::vector<std::string> checked_json::texts() const {
  std::vector<std::string> all;
  for (const checked_json& element : elements())
    all.push_back(element.text());
  return all;
}

bool checked_json::flag() const {
  if (!value_->is_boolean()) refuse_type("true or false");
  return value_->get<bool>();
}

double checked_json::number() const {
  if (!value_->is_number()) refuse_type("a number");
  const double value = value_->get<double>();
  if (!std::isfinite(value)) refuse("is not finite");
  // Beyond what any clock or counter gives, and what an axis can be made for.
  if (std::abs(value) > 1e18) refuse("is too large");
  return std::abs(value) < 1e-12 ? 0 : value;
}

double checked_json::not_negative() const {
  const double value = number();
  if (value < 0) refuse("is negative");
  return value;
}

unsigned checked_json::count() const {
  const double value = number();
  if (value < 0 || value > std::numeric_limits<unsigned>::max() || value != std::floor(value))
    refuse("is no count");
  return static_cast<unsigned>(value);
}

void checked_json::refuse(std::string_view why) const {
  throw document_error(fmt::format("{} {}", where_.empty() ? "the document" : where_, why));
}

void checked_json::refuse_type(std::string_view wanted) const {
  refuse(fmt::format("is {}, and not {}",
                     value_->is_null()      ? "null"
                     : value_->is_array()   ? "an array"
                     : value_->is_object()  ? "an object"
                     : value_->is_string()  ? "a text"
                     : value_->is_boolean() ? "true or false"
                                            : "a number",
                     wanted));
}

std::string checked_json::member(std::string_view key) const {
  return where_.empty() ? std::string(key) : fmt::format("{}.{}", where_, key);
}

}  // namespace v4v::bench::report
