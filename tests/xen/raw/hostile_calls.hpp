#pragma once

#include <cstdint>

#include "battlefield.hpp"

namespace v4v::raw {

struct hostile_call {
  std::uint64_t op = 0;
  std::uint64_t arguments[4] = {};
};

/// Makes calls up, and puts what they pass into memory first. Mostly they are nearly right.
class hostile_calls {
 public:
  /// `privileged`: none of the calls that would then change rules and limits of others.
  hostile_calls(battlefield& field, const v4v_info& limits, bool privileged, std::uint64_t seed)
      : field_(field), limits_(limits), privileged_(privileged), dice_(seed) {}

  hostile_call next();

 private:
  hostile_call register_ring();
  hostile_call unregister_ring();
  hostile_call notify();
  hostile_call sendv();
  hostile_call info();
  hostile_call privileged();
  hostile_call activity();
  hostile_call unknown();

  /// A place for arguments.
  [[nodiscard]] std::byte* arguments_at();
  /// `usual`, or now and then another address that may be read and written or is out of reach.
  [[nodiscard]] std::uint64_t perhaps(std::uint64_t usual);
  /// The same for addresses that are only read from.
  [[nodiscard]] std::uint64_t perhaps_elsewhere(std::uint64_t usual);
  /// Where `count` frame numbers are, or may be taken for such, or nothing is.
  [[nodiscard]] std::uint64_t frames_at(std::size_t first_page, std::size_t count);

  [[nodiscard]] std::uint64_t out_of_reach();
  [[nodiscard]] v4v_addr destination();
  [[nodiscard]] std::uint32_t port();
  [[nodiscard]] std::uint32_t length();

  battlefield& field_;
  const v4v_info limits_;
  const bool privileged_;
  dice dice_;
};

}  // namespace v4v::raw
