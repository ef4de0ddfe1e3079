#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "ring_reader.hpp"
#include "v4v/abi.h"
#include "v4v/detail/sender.hpp"

namespace v4v::detail {

/// Who looks at which ring of this domain, and from the activity page, which of them have reason
/// to. An event so costs what has work, not what there is: a word of the page stands for 64 rings.
///
/// Rings beyond the page's last slot, and all if there is no page, are looked at each time.
///
/// Who polls looks at the last few rings that had messages themselves, and at the page now and
/// then: as long as their bits are not cleared, setting them is cheap for who sends there, for the
/// page's cache line stays with it.
///
/// Under the guest's lock.
class watch_list {
 public:
  using slot = std::uint32_t;

  /// `page`: the link's activity page, maybe empty.
  explicit watch_list(std::span<std::uint64_t> page) noexcept : page_(page) {}

  /// A slot for a ring. Throws std::bad_alloc.
  [[nodiscard]] slot add() {
    if (free_.empty()) {
      free_.reserve(watchers_.size() + 1);  // remove() must not fail
      watchers_.emplace_back();
      return static_cast<slot>(watchers_.size() - 1);
    }
    const slot s = free_.back();
    free_.pop_back();
    return s;
  }
  void remove(slot s) noexcept {
    watchers_[s] = {};
    std::replace(recent_.begin(), recent_.end(), s, none);
    free_.push_back(s);
  }

  /// Who looks at the ring with this slot, and with what.
  void set(slot s, std::shared_ptr<receiver> who, ring_reader& reader) noexcept {
    watchers_[s] = {std::move(who), &reader};
  }

  /// What the ring's header tells the hypervisor.
  [[nodiscard]] std::uint32_t in_header(slot s) const noexcept { return s < bits() ? s + 1 : 0; }

  /// Whether the page tells of all that happens, so that nothing else need be asked.
  [[nodiscard]] bool page_tells_all() const noexcept {
    return !page_.empty() && watchers_.size() <= bits();
  }

  /// Whether it tells of something now, but for the rings that recent_have_more() is about.
  /// Relaxed: a hint to who then comes for it.
  [[nodiscard]] bool page_tells() const noexcept {
    for (std::size_t i = 0; i < words(); ++i) {
      std::uint64_t set = std::atomic_ref(page_[i]).load(std::memory_order_relaxed);
      for (const slot r : recent_)
        if (r / 64 == i) set &= ~(std::uint64_t{1} << r % 64);
      if (set != 0) return true;
    }
    return false;
  }

  /// Whether one of the rings that had messages lately has more than its reader knows of.
  [[nodiscard]] bool recent_have_more() const noexcept {
    return std::any_of(recent_.begin(), recent_.end(), [this](slot r) { return has_more(r); });
  }

  /// Calls `look(receiver&)` for these.
  template <class F>
  void visit_recent(F&& look) {
    for (const slot& r : recent_)
      if (has_more(r)) visit(r, look);
  }

  struct news {
    bool room;  ///< What somebody waits for may be there.
    bool gone;  ///< Rings of others may have gone.
  };

  /// Calls `look(receiver&)` for each ring that may have messages, and takes note of that. The
  /// calls may add and remove rings.
  template <class F>
  news visit(F&& look) {
    news found{page_.empty(), page_.empty()};
    for (std::size_t i = 0; i < words(); ++i) {
      // Acquire, with the release of the hypervisor that sets a bit after it has moved tx_ptr. The
      // look before saves the write where there is nothing.
      if (std::atomic_ref(page_[i]).load(std::memory_order_relaxed) == 0) continue;
      std::uint64_t set = std::atomic_ref(page_[i]).exchange(0, std::memory_order_acquire);
      if (i == 0) {
        found.room = (set >> V4V_ACTIVITY_ROOM & 1) != 0;
        found.gone = (set >> V4V_ACTIVITY_GONE & 1) != 0;
      }
      for (; set != 0; set &= set - 1) {
        const auto s = static_cast<slot>(i * 64 + static_cast<std::size_t>(std::countr_zero(set)));
        remember(s);
        visit(s, look);
      }
    }
    for (std::size_t s = bits(); s < watchers_.size(); ++s)
      visit(static_cast<slot>(s), look);
    return found;
  }

 private:
  struct watcher {
    std::shared_ptr<receiver> who;
    ring_reader* reader = nullptr;
  };

  template <class F>
  void visit(slot s, F& look) {
    if (s >= watchers_.size()) return;
    const auto who = watchers_[s].who;  // which stays while it looks
    if (!who) return;
    watchers_[s].reader->take_note();
    look(*who);
  }
  void remember(slot s) noexcept {
    if (s >= watchers_.size() || !watchers_[s].who) return;
    if (std::find(recent_.begin(), recent_.end(), s) != recent_.end()) return;
    recent_[next_++ % recent_.size()] = s;
  }
  [[nodiscard]] bool has_more(slot r) const noexcept {
    return r != none && watchers_[r].reader->has_more();
  }
  [[nodiscard]] std::size_t bits() const noexcept { return page_.size() * 64; }
  [[nodiscard]] std::size_t words() const noexcept {
    return std::min(page_.size(), (watchers_.size() + 63) / 64);
  }

  static constexpr slot first = 2;  // the bits before tell of what is about no ring in particular
  static constexpr slot none = ~slot{0};

  std::span<std::uint64_t> page_;
  std::vector<watcher> watchers_{first};
  std::vector<slot> free_;
  std::array<slot, 4> recent_{none, none, none, none};
  std::size_t next_ = 0;  // of them, to be replaced
};

}  // namespace v4v::detail
