#include "report/wording.hpp"

#include <array>
#include <cmath>

#include <fmt/core.h>

namespace v4v::bench::report {
namespace {

// 12345.6 -> 12,345.6
std::string with_thousands(std::string digits) {
  const auto begin = static_cast<std::size_t>(digits.starts_with('-'));
  auto at = std::min(digits.find('.'), digits.size());
  while (at > begin + 3) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

bool is_too_long_to_read(double size) { return size != 0 && (size >= 1e9 || size < 1e-4); }

}  // namespace

std::string number_text(double value) {
  const double size = std::abs(value);
  if (is_too_long_to_read(size)) return fmt::format("{:.2e}", value);
  return with_thousands(fmt::format("{:.{}f}", value,
                                    size == 0    ? 0
                                    : size < 1   ? 3
                                    : size < 10  ? 2
                                    : size < 100 ? 1
                                                 : 0));
}

std::string tick_text(double value) {
  if (is_too_long_to_read(std::abs(value))) return fmt::format("{:.3g}", value);
  auto text = fmt::format("{:.6f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return with_thousands(std::move(text));
}

std::string place_text(const document::place& where) {
  if (where.of != "B") return tick_text(where.at);
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
  double at = where.at;
  std::size_t unit = 0;
  // 1,000 B are not 0.977 KiB: whoever measured at a size wants to find it again.
  while (at >= 1024 && std::fmod(at, 1024) == 0 && unit + 1 < units.size()) {
    at /= 1024;
    ++unit;
  }
  return fmt::format("{} {}", tick_text(at), units[unit]);
}

std::string axis_text(std::string_view of) { return of == "B" ? "size" : std::string(of); }

std::string unit_text(std::string_view unit) { return unit == "us" ? "µs" : std::string(unit); }

std::string_view better(std::string_view unit) {
  if (unit.ends_with("/s")) return "higher is better";
  for (const std::string_view cost : {"ns", "us", "ms", "s", "B", "KiB", "MiB"})
    if (unit == cost) return "lower is better";
  return {};
}

std::string figure_text(const document::figure& f) {
  if (!f.where) return f.name;
  const bool is_size = f.where->of == "B";
  return fmt::format("{}, {}{}{}", f.name, place_text(*f.where), is_size ? "" : " ",
                     is_size ? "" : f.where->of);
}

std::string suite_text(std::string_view suite) {
  return suite == "rpc" ? "RPC" : capitalised(std::string(suite));
}

std::string title_text(std::string_view suite, const std::string& name) {
  return name.starts_with(suite) ? capitalised(name)
                                 : fmt::format("{}: {}", suite_text(suite), name);
}

std::string percent_text(double percent) { return fmt::format("{:.7g}", percent); }

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

}  // namespace v4v::bench::report
