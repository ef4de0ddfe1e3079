#pragma once

#include <string_view>

namespace kvstore {

/// What the other side said of an error, without what Cap'n Proto puts in front of that.
inline std::string_view without_origin(std::string_view description) {
  constexpr std::string_view origin = "remote exception: ";
  while (description.starts_with(origin))
    description.remove_prefix(origin.size());
  return description;
}

}  // namespace kvstore
