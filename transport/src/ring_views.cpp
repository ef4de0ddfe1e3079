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

std::optional<message_view> ring_views::take(const std::shared_ptr<guest_core>& core,
                                             const ring_message& message, std::size_t offset,
                                             std::uint32_t step) {
  const auto in_first = std::min(offset, message.first.size());
  const std::array parts{message.first.subspan(in_first),
                         message.second.subspan(offset - in_first)};
  const std::array pages{pages_of(parts[0]), pages_of(parts[1])};
  lens* const through = lens_for(pages);
  if (through == nullptr) return std::nullopt;

  // The holder last of what may fail: its destructor takes the lock that is held here.
  std::list<held_view*> place{nullptr};
  auto holder = std::make_unique<held_view>(core, shared_from_this(), *through, pages);
  place.front() = holder.get();
  holder->in_the_way = place.begin();
  in_the_way_.splice(in_the_way_.end(), place);
  ++through->views;
  for (const auto& range : pages)
    for (std::size_t p = 0; p < range.count; ++p)
      ++through->users[range.first + p];
  passed(step);

  const std::byte* const ring = memory_.bytes().data();
  const std::byte* const seen = through->mapping->bytes().data();
  const auto buffer = [&](std::span<const std::byte> part) {
    return part.empty() ? asio::const_buffer()
                        : asio::const_buffer(seen + (part.data() - ring), part.size());
  };
  return message_view(buffer(parts[0]), buffer(parts[1]), std::move(holder));
}

ring_views::page_range ring_views::pages_of(std::span<const std::byte> part) noexcept {
  if (part.empty()) return {};
  const auto at = static_cast<std::size_t>(part.data() - memory_.bytes().data());
  const std::size_t first = at / V4V_PAGE_SIZE;
  return {first, (at + part.size() - 1) / V4V_PAGE_SIZE - first + 1};
}

// The one that is used anyway, unless it shows something old there.
ring_views::lens* ring_views::lens_for(std::span<const page_range> pages) {
  const auto is_old = [&](const page_range& range) {
    for (std::size_t p = 0; p < range.count; ++p)
      if (current_->detached[range.first + p]) return true;
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

std::uint32_t ring_views::hold_back_at_most(std::uint32_t limit) noexcept {
  for (;;) {
    if (in_the_way_.empty()) return 0;
    held_view& oldest = *in_the_way_.front();
    const auto held_back = static_cast<std::uint32_t>(passed_ - oldest.begin);
    if (held_back <= limit || !detach(oldest)) return held_back;
  }
}

bool ring_views::detach(held_view& v) noexcept {
  lens& l = v.seen_through;
  for (const auto& range : v.in_pages) {
    for (std::size_t p = range.first; p < range.first + range.count; ++p) {
      if (l.detached[p]) continue;
      if (!l.mapping->detach(p, 1)) return false;
      l.detached[p] = true;
    }
  }
  in_the_way_.erase(*std::exchange(v.in_the_way, std::nullopt));
  return true;
}

void ring_views::release(held_view& v) noexcept {
  if (v.in_the_way) in_the_way_.erase(*v.in_the_way);
  lens& l = v.seen_through;
  for (const auto& range : v.in_pages) {
    for (std::size_t p = range.first; p < range.first + range.count; ++p) {
      if (--l.users[p] != 0 || !l.detached[p]) continue;
      l.mapping->attach(p, 1);
      l.detached[p] = false;
    }
  }
  if (--l.views == 0 && &l != current_) forget(l);
}

void ring_views::forget(lens& l) noexcept {
  lenses_.remove_if([&](const lens& other) { return &other == &l; });
}

}  // namespace v4v::detail
