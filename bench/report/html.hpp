#pragma once

#include <string>
#include <string_view>

namespace v4v::bench::report {

/// Text as it stands in HTML, between tags or in the quotes of an attribute.
std::string escaped(std::string_view text);

/// A picture of gnuplot's as part of a page: without what only files have, as wide as there is
/// room, with `label` for who cannot see it, and `prefix` before each of its ids, which a page has
/// once.
std::string inline_svg(std::string_view svg, std::string_view prefix, std::string_view label);

}  // namespace v4v::bench::report
