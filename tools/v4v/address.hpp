#pragma once

#include <string>
#include <string_view>

#include <v4v/endpoint.hpp>

namespace v4v_tool {

/// An address in a rule, as people write it: "3:5000", "3:any", "any:any"; numbers may be
/// hexadecimal (0x...). Throws std::invalid_argument, whose text says what was expected, and where.
[[nodiscard]] v4v::endpoint address_of(std::string_view text);

/// The same, the other way round.
[[nodiscard]] std::string text_of(const v4v::endpoint& address);

}  // namespace v4v_tool
