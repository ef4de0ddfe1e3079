#pragma once

#include "measure/columns.hpp"

namespace v4v::bench::column {

/// What v4v is measured beside.
inline constexpr const char* unix_socket = "UNIX";
inline constexpr const char* tcp = "TCP";

}  // namespace v4v::bench::column
