#pragma once

#include <string>
#include <string_view>

namespace v4v::bench::report {

/// How to read a suite, in a sentence or two; empty for one that is not known.
std::string_view reading_of_suite(std::string_view suite);

/// What a figure is, in a sentence; empty for one that is not known.
std::string_view reading_of_figure(std::string_view suite, std::string_view name);

}  // namespace v4v::bench::report
