#pragma once

#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>

#include "ring_reader.hpp"
#include "ring_views.hpp"
#include "v4v/endpoint.hpp"
#include "v4v/link.hpp"
#include "watch_list.hpp"

namespace v4v::detail {

/// A ring of this domain, registered for as long as the object lives.
class owned_ring {
 public:
  /// Registers a ring at `port` for `partner` in `bytes` of memory, header included, rounded up to
  /// whole pages, and a page more from 64 KiB on. Sets `ec` (file exists: the port is taken) and
  /// returns null if that fails.
  static std::unique_ptr<owned_ring> open(link& link, watch_list& watchers, port_type port,
                                          domain_type partner, std::size_t bytes,
                                          std::error_code& ec);
  ~owned_ring();
  owned_ring(const owned_ring&) = delete;
  owned_ring& operator=(const owned_ring&) = delete;

  /// Stops the hypervisor from writing. What it wrote before can still be read.
  void unregister() noexcept;

  /// From now on `who` looks when messages come.
  void watch(std::shared_ptr<receiver> who) noexcept {
    watchers_.set(slot_, std::move(who), reader_);
  }

  [[nodiscard]] ring_reader& reader() noexcept { return reader_; }

  /// Takes the message out that reader().peek() showed last.
  void pop() noexcept {
    if (views_) views_->passed(reader_.step());
    reader_.pop();
  }

  /// The same, for a view of it from `offset` of its payload on. Throws std::bad_alloc.
  [[nodiscard]] message_view take(const std::shared_ptr<guest_core>& core,
                                  const ring_message& message, std::size_t offset);

  /// Gives the space of messages that were taken out back, as far as no view holds it. Says whether
  /// there was any.
  bool publish() noexcept;

  /// The same, once it is a good part of the ring. A sender that waits for room for no more than
  /// five eighths of the ring, as the ends of extended connections do, is never kept waiting by the
  /// rest.
  bool publish_much() noexcept {
    return (views_ || reader_.unpublished() > reader_.len() / 4) && publish();
  }

  /// The same, and the views may hold no more than the other three eighths. To be called when
  /// somebody waits for more: views that are gone by then were never detached.
  bool make_room() noexcept;
  [[nodiscard]] bool views_hold_too_much() const noexcept {
    return views_ && views_->held_back() > views_may_hold();
  }

  /// As publish(), but no view may hold any.
  bool publish_all() noexcept;

  [[nodiscard]] v4v_ring& header() noexcept;
  [[nodiscard]] port_type port() const noexcept { return id_.addr.port; }

 private:
  [[nodiscard]] std::uint32_t views_may_hold() const noexcept;
  owned_ring(link& link, watch_list& watchers, watch_list::slot slot,
             std::unique_ptr<ring_memory> memory, std::uint32_t len);

  link& link_;
  watch_list& watchers_;
  const watch_list::slot slot_;
  std::unique_ptr<ring_memory> memory_;
  const v4v_ring_id id_;
  ring_reader reader_;
  std::shared_ptr<ring_views> views_;  // if there ever were any
  bool registered_ = false;
};

}  // namespace v4v::detail
