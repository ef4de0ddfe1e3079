#pragma once

#include <string>
#include <vector>

#include "report/document.hpp"
#include "report/groups.hpp"
#include "report/palette.hpp"

namespace v4v::bench::report {

/// Tables for the page; each scrolls by itself where the page is narrow.
std::string ratios_table(const std::vector<const document::ratio*>& ratios, const palette& colours);
std::string figures_table(const group& g, const palette& colours);
/// Of the figures that have percentiles; empty if none has.
std::string percentiles_table(const group& g, const palette& colours);
std::string conditions_table(const document::conditions& c);

}  // namespace v4v::bench::report
