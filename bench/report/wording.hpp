#pragma once

#include <string>
#include <string_view>

#include "report/document.hpp"

namespace v4v::bench::report {

/// Three digits that matter: 0.123, 2.40, 13.7, 145, 1,024.
std::string number_text(double value);

/// The same without zeros at the end, for the ticks of an axis: 0.5, 20, 1,000.
std::string tick_text(double value);

/// A place without its "of", sizes in powers of 1,024: 64 B, 4 KiB, 1,024.
std::string place_text(const document::place& where);

/// Of what a place is one, for an axis: "bytes", "connections".
std::string axis_text(std::string_view of);

/// As it is written for people: "us" with its Greek letter.
std::string unit_text(std::string_view unit);

/// "higher is better" or "lower is better", by the unit; empty if that does not tell.
std::string_view better(std::string_view unit);

/// "round trip, 64 B"; of a figure at no place its name alone.
std::string figure_text(const document::figure& f);

/// A suite's name at the begin of a line.
std::string suite_text(std::string_view suite);

/// What a plot is of: the suite and the name, without saying a word twice.
std::string title_text(std::string_view suite, const std::string& name);

/// "99.9"
std::string percent_text(double percent);

/// The first letter as a capital, if it is one of ASCII's.
std::string capitalised(std::string text);

}  // namespace v4v::bench::report
