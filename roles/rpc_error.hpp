#pragma once

#include <string>
#include <string_view>

#include <kj/exception.h>

#include "roles/role.hpp"

namespace roles {

/// What the other side said of an error, without what the client and Cap'n Proto put in front of
/// that: who it is, and which call failed. An error that is not the other side's stays as it is.
inline std::string_view without_origin(std::string_view description) {
  constexpr std::string_view origin = "remote exception: ";
  const auto at = description.find(origin);
  if (at != std::string_view::npos) description.remove_prefix(at + origin.size());
  return description;
}

/// What a program in that role says of a call that failed. To a service in another program belong
/// who it is, and, if it was not there, how it is started.
inline std::string explain(const kj::Exception& e, const role& of) {
  const std::string description = e.getDescription().cStr();
  if (!of.connects()) return std::string(without_origin(description));
  const bool there = e.getType() != kj::Exception::Type::DISCONNECTED;
  return there ? description : description + of.how_to_start();
}

}  // namespace roles
