#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <system_error>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/cancellation_signal.hpp>

namespace v4v::rpc::detail {

/// Bytes that came with a read and were not copied: they stay where they are as long as `keeps`.
struct lent_bytes {
  std::shared_ptr<const void> keeps;
  asio::const_buffer first;
  asio::const_buffer second;  // goes on where `first` ends
};

/// One direction of a message stream, as its Asio operations see it.
class transfer {
 public:
  virtual ~transfer() = default;
  virtual void completed(const std::error_code& error, std::size_t bytes, lent_bytes&& lent) = 0;

 protected:
  friend class transfer_handler;
  asio::cancellation_signal cancellation_;
};

/// The handler of reads and writes. Keeps alive the buffers that the operation uses: those of a
/// read, and the segment tables of a write.
class transfer_handler {
 public:
  using cancellation_slot_type = asio::cancellation_slot;

  explicit transfer_handler(std::shared_ptr<transfer> transfer) : transfer_{std::move(transfer)} {}

  [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
    return transfer_->cancellation_.slot();
  }

  void operator()(const std::error_code& error, std::size_t bytes) const {
    transfer_->completed(error, bytes, {});
  }

  /// Of a read that may bring a view instead, a sequence of at most two buffers that owns them.
  template <class View>
  void operator()(const std::error_code& error, std::size_t bytes, View&& view) const {
    transfer_->completed(error, bytes, lend(std::forward<View>(view)));
  }

 private:
  template <class View>
  static lent_bytes lend(View&& view) {
    if (view.begin() == view.end()) return {};
    auto kept = std::make_shared<const View>(std::forward<View>(view));
    const auto first = kept->begin();
    const auto second = std::next(first) == kept->end() ? asio::const_buffer{} : *std::next(first);
    return {std::move(kept), *first, second};
  }

  std::shared_ptr<transfer> transfer_;
};

}  // namespace v4v::rpc::detail
