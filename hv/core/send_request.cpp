#include "core/send_request.hpp"

#include "core/errors.hpp"
#include "core/guest_memory.hpp"

namespace v4v::hv {

long send_request::read(port& host, const domain& sender, std::uint64_t address,
                        std::uint64_t vectors, std::uint64_t count) noexcept {
  if (count > sender.limits.max_sendv()) return error::no_space;
  count_ = static_cast<std::uint32_t>(count);
  if (!read_guest(host, sender, address, address_)) return error::fault;
  if (count_ != 0 &&
      !host.copy_from_guest(sender, vectors_, vectors, count_ * sizeof(vectors_[0]))) {
    return error::fault;
  }

  std::uint64_t total = 0;  // 128 lengths of 32 bits cannot overflow it
  for (const v4v_iov& vector : *this)
    total += vector.len;
  if (total > sender.limits.max_send_size()) return error::message_size;
  size_ = static_cast<std::uint32_t>(total);
  return 0;
}

}  // namespace v4v::hv
