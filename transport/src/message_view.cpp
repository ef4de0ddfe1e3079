#include "v4v/message_view.hpp"

#include "view_holder.hpp"

namespace v4v {

message_view::message_view() noexcept = default;
message_view::~message_view() = default;

message_view::message_view(message_view&& other) noexcept
    : pieces_(other.pieces_),
      count_(std::exchange(other.count_, 0)),
      holder_(std::move(other.holder_)) {}

message_view& message_view::operator=(message_view&& other) noexcept {
  if (this == &other) return *this;
  pieces_ = other.pieces_;
  count_ = std::exchange(other.count_, 0);
  holder_ = std::move(other.holder_);
  return *this;
}

message_view::message_view(asio::const_buffer first, asio::const_buffer second,
                           std::unique_ptr<detail::view_holder> holder) noexcept
    : holder_(std::move(holder)) {
  for (const auto& piece : {first, second})
    if (piece.size() != 0) pieces_[count_++] = piece;
}

}  // namespace v4v
