#pragma once

#include <cstdint>

#include "core/domain.hpp"
#include "v4v/abi.h"

namespace v4v::hv {

/// The arguments of sendv, read from the guest once and checked. Whatever the guest does to its
/// copy afterwards, lengths and addresses are those that add up to `size()`.
class send_request {
 public:
  /// 0, or the error that sendv answers.
  [[nodiscard]] long read(port& host, const domain& sender, std::uint64_t address,
                          std::uint64_t vectors, std::uint64_t count) noexcept;

  [[nodiscard]] const v4v_addr& to() const noexcept { return address_.dst; }
  [[nodiscard]] std::uint32_t claimed_port() const noexcept { return address_.src.port; }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }  ///< Bytes of payload.

  [[nodiscard]] const v4v_iov* begin() const noexcept { return vectors_; }
  [[nodiscard]] const v4v_iov* end() const noexcept { return vectors_ + count_; }

 private:
  v4v_send_addr address_;
  std::uint32_t size_;
  std::uint32_t count_;
  v4v_iov vectors_[V4V_MAX_SENDV];  // 2 KiB; only `count_` of them are ever written or read
};

}  // namespace v4v::hv
