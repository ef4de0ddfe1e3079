#include "address.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <stdexcept>

namespace v4v_tool {
namespace {

std::optional<std::uint64_t> number_of(std::string_view text) noexcept {
  const bool is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (is_hexadecimal) text.remove_prefix(2);
  std::uint64_t n = 0;
  const auto end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, n, is_hexadecimal ? 16 : 10);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return n;
}

std::uint64_t part_of(std::string_view address, std::string_view part, const char* name,
                      std::uint64_t first, std::uint64_t last, std::uint64_t any) {
  if (part == "any") return any;
  const auto n = number_of(part);
  if (!n || *n < first || *n > last)
    throw std::invalid_argument(fmt::format("\"{}\": the {} is \"{}\", and can be {} to {}, or any",
                                            address, name, part, first, last));
  return *n;
}

}  // namespace

v4v::endpoint address_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos)
    throw std::invalid_argument(
        fmt::format("\"{}\": expected DOMAIN:PORT, as in 3:5000 or any:any", text));
  const auto domain =
      part_of(text, text.substr(0, colon), "domain", 0, v4v::any_domain - 1, v4v::any_domain);
  const auto port = part_of(text, text.substr(colon + 1), "port", 1, UINT32_MAX, V4V_PORT_ANY);
  return {static_cast<v4v::domain_type>(domain), static_cast<v4v::port_type>(port)};
}

std::string text_of(const v4v::endpoint& address) {
  const auto part = [](std::uint64_t n, std::uint64_t any) {
    return n == any ? std::string("any") : std::to_string(n);
  };
  return part(address.domain(), v4v::any_domain) + ":" + part(address.port(), V4V_PORT_ANY);
}

}  // namespace v4v_tool
