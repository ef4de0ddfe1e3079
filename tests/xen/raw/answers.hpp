#pragma once

#include <cstdint>
#include <string_view>

namespace v4v::raw {

/// Whether v4v/abi.h names the result for the operation, made by a domain without privileges.
[[nodiscard]] bool is_named(std::uint64_t op, long result);

[[nodiscard]] std::string_view operation_name(std::uint64_t op);

}  // namespace v4v::raw
