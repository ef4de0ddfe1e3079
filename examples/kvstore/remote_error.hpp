#pragma once

#include <string_view>

namespace kvstore {

/// What the other side said of an error, without what the client and Cap'n Proto put in front of
/// that: who it is, and which call failed. An error that is not the other side's stays as it is.
inline std::string_view without_origin(std::string_view description) {
  constexpr std::string_view origin = "remote exception: ";
  const auto at = description.find(origin);
  if (at != std::string_view::npos) description.remove_prefix(at + origin.size());
  return description;
}

}  // namespace kvstore
