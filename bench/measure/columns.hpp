#pragma once

namespace v4v::bench::column {

/// The columns that every benchmark has: v4v in three modes, and what the machine can do.
inline constexpr const char* polling = "polling";
inline constexpr const char* adaptive = "adaptive";
inline constexpr const char* sleeping = "sleeping";
inline constexpr const char* floor = "floor";

inline constexpr const char* modes[] = {polling, adaptive, sleeping};

}  // namespace v4v::bench::column
