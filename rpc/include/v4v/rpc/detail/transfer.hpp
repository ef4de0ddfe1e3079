#pragma once

#include <cstddef>
#include <memory>
#include <system_error>
#include <utility>

#include <asio/cancellation_signal.hpp>

namespace v4v::rpc::detail {

/// One direction of a message stream, as its Asio operations see it.
class transfer {
 public:
  virtual ~transfer() = default;
  virtual void completed(const std::error_code& error, std::size_t bytes) = 0;

 protected:
  friend class transfer_handler;
  asio::cancellation_signal cancellation_;
};

/// The handler of async_read_some and async_write_some. Keeps alive the buffers that the operation
/// uses: those of a read, and the segment tables of a write.
class transfer_handler {
 public:
  using cancellation_slot_type = asio::cancellation_slot;

  explicit transfer_handler(std::shared_ptr<transfer> transfer) : transfer_{std::move(transfer)} {}

  [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
    return transfer_->cancellation_.slot();
  }

  void operator()(const std::error_code& error, std::size_t bytes) const {
    transfer_->completed(error, bytes);
  }

 private:
  std::shared_ptr<transfer> transfer_;
};

}  // namespace v4v::rpc::detail
