#include "ring_views.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "guest_core.hpp"
#include "owned_ring.hpp"
#include "v4v/abi.h"

namespace v4v::detail {

/// What keeps a view: its place in the ring, as long as it is in the way, and in a lens.
class ring_views::held_view final : public view_holder {
 public:
  held_view(std::shared_ptr<guest_core> core, std::shared_ptr<ring_views> among, lens& through,
            std::array<page_range, 2> pages)
      : begin(among->passed_),
        seen_through(through),
        in_pages(pages),
        core_(std::move(core)),
        among_(std::move(among)) {}
  ~held_view() override {
    core_->locked([this](section&) {
      among_->release(*this);
      if (among_->ring_ != nullptr && among_->ring_->publish()) core_->space_was_freed();
    });
  }

  const std::uint64_t begin;  // of its message, among all bytes of the ring
  lens& seen_through;
  const std::array<page_range, 2> in_pages;
  std::optional<std::list<held_view*>::iterator> in_the_way;

 private:
  const std::shared_ptr<guest_core> core_;
  const std::shared_ptr<ring_views> among_;
};

// Calls `act(first, count)` for each run of pages that are `wanted`, as long as it returns true.
template <class Wanted, class Act>
bool ring_views::for_each_run(page_range range, Wanted wanted, Act act) {
  const std::size_t end = range.first + range.count;
  for (std::size_t p = range.first; p < end; ++p) {
    if (!wanted(p)) continue;
    const std::size_t first = p;
    while (p < end && wanted(p))
      ++p;
    if (!act(first, p - first)) return false;
  }
  return true;
}

ring_views::ring_views(owned_ring& ring, ring_memory& memory, std::uint32_t len) noexcept
    : ring_(&ring),
      memory_(memory),
      joint_page_(len % V4V_PAGE_SIZE == 0 ? len / V4V_PAGE_SIZE : none) {}

std::optional<message_view> ring_views::take(const std::shared_ptr<guest_core>& core,
                                             const ring_message& message, std::size_t offset,
                                             std::uint32_t step) {
  const auto in_first = std::min(offset, message.first.size());
  const auto where =
      places_of(message.first.subspan(in_first), message.second.subspan(offset - in_first));
  const std::array pages{pages_of(where.parts[0]), pages_of(where.parts[1])};
  lens* const through = lens_for(pages);
  if (through == nullptr) return std::nullopt;
  std::list<held_view*> entry{nullptr};
  if (!join(*through, where)) return std::nullopt;

  // The holder last of what may fail: its destructor takes the lock that is held here.
  auto holder = std::make_unique<held_view>(core, shared_from_this(), *through, pages);
  entry.front() = holder.get();
  holder->in_the_way = entry.begin();
  in_the_way_.splice(in_the_way_.end(), entry);
  ++through->views;
  for (const auto& range : pages)
    for (std::size_t p = 0; p < range.count; ++p)
      ++through->users[range.first + p];
  passed(step);

  const std::byte* const seen = through->mapping->bytes().data();
  const auto buffer = [&](const place& part) {
    return part.size == 0 ? asio::const_buffer() : asio::const_buffer(seen + part.at, part.size);
  };
  return message_view(buffer(where.parts[0]), buffer(where.parts[1]), std::move(holder));
}

// In one part, if the second piece can follow the first: see private_mapping.
ring_views::places ring_views::places_of(std::span<const std::byte> first,
                                         std::span<const std::byte> second) const noexcept {
  const auto place_of = [&](std::span<const std::byte> part) -> place {
    if (part.empty()) return {};
    return {static_cast<std::size_t>(part.data() - memory_.bytes().data()), part.size()};
  };
  const place head = place_of(first);
  if (joint_page_ == none || first.empty()) return {{head, place_of(second)}, {}, {}};
  const std::size_t joint = joint_page_ * V4V_PAGE_SIZE;
  const std::size_t end = head.at + head.size;
  return {{place{head.at, first.size() + second.size()}, place{}},
          first.last(end - std::min(end, std::max(head.at, joint))),
          second.first(std::min(second.size(), V4V_PAGE_SIZE - sizeof(v4v_ring)))};
}

// The joint page of a mapping is always a copy, and what a view shows there is written to it.
// Nobody else looks there: or this lens would not be the one.
bool ring_views::join(lens& l, const places& where) const noexcept {
  if (where.before_joint.empty() && where.behind_joint.empty()) return true;
  if (!l.detached[joint_page_] && !l.mapping->detach(joint_page_, 1)) return false;
  l.detached[joint_page_] = true;
  const std::size_t meeting = joint_page_ * V4V_PAGE_SIZE + sizeof(v4v_ring);
  const std::size_t end =
      where.behind_joint.empty() ? where.parts[0].at + where.parts[0].size : meeting;
  l.mapping->write(end - where.before_joint.size(), where.before_joint);
  l.mapping->write(meeting, where.behind_joint);
  return true;
}

ring_views::page_range ring_views::pages_of(place part) noexcept {
  if (part.size == 0) return {};
  const std::size_t first = part.at / V4V_PAGE_SIZE;
  return {first, (part.at + part.size - 1) / V4V_PAGE_SIZE - first + 1};
}

// The one that is used anyway, unless it shows something old there.
ring_views::lens* ring_views::lens_for(std::span<const page_range> pages) {
  const auto is_old = [&](const page_range& range) {
    for (std::size_t p = range.first; p < range.first + range.count; ++p)
      if (p == joint_page_ ? current_->users[p] != 0 : current_->detached[p]) return true;
    return false;
  };
  if (current_ != nullptr && std::none_of(pages.begin(), pages.end(), is_old)) return current_;

  auto mapping = memory_.map_privately();
  if (!mapping) return nullptr;
  const std::size_t count = mapping->bytes().size() / V4V_PAGE_SIZE;
  lenses_.push_back(
      {std::move(mapping), std::vector<std::uint32_t>(count), std::vector<bool>(count), 0});
  current_ = &lenses_.back();
  return current_;
}

std::uint32_t ring_views::held_back() const noexcept {
  return in_the_way_.empty() ? 0 : static_cast<std::uint32_t>(passed_ - in_the_way_.front()->begin);
}

std::uint32_t ring_views::hold_back_at_most(std::uint32_t limit) noexcept {
  while (held_back() > limit && detach(*in_the_way_.front())) {
  }
  return held_back();
}

bool ring_views::detach(held_view& v) noexcept {
  lens& l = v.seen_through;
  const auto shows_the_ring = [&](std::size_t p) { return !l.detached[p]; };
  for (const auto& range : v.in_pages) {
    const bool done =
        for_each_run(range, shows_the_ring, [&](std::size_t first, std::size_t count) {
          if (!l.mapping->detach(first, count)) return false;
          std::fill_n(l.detached.begin() + static_cast<std::ptrdiff_t>(first), count, true);
          return true;
        });
    if (!done) return false;
  }
  in_the_way_.erase(*std::exchange(v.in_the_way, std::nullopt));
  return true;
}

void ring_views::release(held_view& v) noexcept {
  if (v.in_the_way) in_the_way_.erase(*v.in_the_way);
  lens& l = v.seen_through;
  const auto is_unused = [&](std::size_t p) {
    return l.users[p] == 0 && l.detached[p] && p != joint_page_;
  };
  for (const auto& range : v.in_pages) {
    for (std::size_t p = range.first; p < range.first + range.count; ++p)
      --l.users[p];
    for_each_run(range, is_unused, [&](std::size_t first, std::size_t count) {
      l.mapping->attach(first, count);
      std::fill_n(l.detached.begin() + static_cast<std::ptrdiff_t>(first), count, false);
      return true;
    });
  }
  if (--l.views == 0 && &l != current_) forget(l);
}

void ring_views::forget(lens& l) noexcept {
  lenses_.remove_if([&](const lens& other) { return &other == &l; });
}

}  // namespace v4v::detail
