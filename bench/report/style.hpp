#pragma once

#include <string>

#include "report/palette.hpp"

namespace v4v::bench::report {

/// The page's style sheet: light or dark as the reader's system is, in the colours of the plots.
std::string style_of(const palette& colours);

}  // namespace v4v::bench::report
