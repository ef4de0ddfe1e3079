#pragma once

namespace v4v::bench::column {

/// What is measured side by side: v4v in three modes, others, and what the machine can do.
inline constexpr const char* polling = "polling";
inline constexpr const char* adaptive = "adaptive";
inline constexpr const char* sleeping = "sleeping";
inline constexpr const char* unix_socket = "UNIX";
inline constexpr const char* tcp = "TCP";
inline constexpr const char* floor = "floor";

inline constexpr const char* modes[] = {polling, adaptive, sleeping};

}  // namespace v4v::bench::column
