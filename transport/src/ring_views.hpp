#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ring_reader.hpp"
#include "v4v/link.hpp"
#include "v4v/message_view.hpp"
#include "view_holder.hpp"

namespace v4v::detail {

class guest_core;
class owned_ring;

/// The messages of a ring that somebody still looks at, and how they get out of the ring's way.
///
/// They are looked at through a private mapping of the ring, where a message that goes round the
/// ring's end is in one piece if that can be: then it costs the copy of a page. A page of it that
/// was detached, to let the ring go on, shows what was there then. Whatever comes to the same place
/// in the ring later must be looked at through another mapping, until the page is attached again,
/// which it is once nobody looks at it. So there is one mapping as long as nobody holds views for
/// long, and never more than views; and memory is taken by pages alone that a held view lies in.
///
/// It lives as long as its last view, which may be longer than the ring. All state is guarded by
/// the guest's lock.
class ring_views : public std::enable_shared_from_this<ring_views> {
 public:
  /// The ring has `len` bytes of data.
  ring_views(owned_ring& ring, ring_memory& memory, std::uint32_t len) noexcept;

  /// A view of what `message` says from `offset` on, a message that is taken from the ring now and
  /// takes `step` bytes of it; nothing where there can be no private mapping.
  [[nodiscard]] std::optional<message_view> take(const std::shared_ptr<guest_core>& core,
                                                 const ring_message& message, std::size_t offset,
                                                 std::uint32_t step);

  /// A message that takes `step` bytes has been taken from the ring.
  void passed(std::uint32_t step) noexcept { passed_ += step; }

  /// How many bytes views hold back: from the oldest that is in the way on, all that was taken.
  [[nodiscard]] std::uint32_t held_back() const noexcept;

  /// Detaches views until those that are left hold back at most `limit` bytes, or there is no
  /// memory to do so. Says how many those are.
  std::uint32_t hold_back_at_most(std::uint32_t limit) noexcept;

  /// The ring goes; the views stay.
  void ring_ends() noexcept { ring_ = nullptr; }

 private:
  struct lens {  // a private mapping, and what is known of its pages
    std::unique_ptr<private_mapping> mapping;
    std::vector<std::uint32_t> users;  // views that lie in the page
    std::vector<bool> detached;
    std::size_t views = 0;
  };
  struct page_range {
    std::size_t first = 0;
    std::size_t count = 0;
  };
  class held_view;

  struct place {  // in a mapping
    std::size_t at = 0;
    std::size_t size = 0;
  };
  struct places {
    std::array<place, 2> parts;
    std::span<const std::byte> before_joint;  // what of them is in the joint page
    std::span<const std::byte> behind_joint;
  };

  [[nodiscard]] places places_of(std::span<const std::byte> first,
                                 std::span<const std::byte> second) const noexcept;
  [[nodiscard]] static page_range pages_of(place part) noexcept;
  [[nodiscard]] bool join(lens& l, const places& where) const noexcept;
  [[nodiscard]] lens* lens_for(std::span<const page_range> pages);
  template <class Wanted, class Act>
  static bool for_each_run(page_range range, Wanted wanted, Act act);
  [[nodiscard]] bool detach(held_view& v) noexcept;
  void release(held_view& v) noexcept;
  void forget(lens& l) noexcept;

  static constexpr std::size_t none = ~std::size_t{0};

  owned_ring* ring_;  // null when it is gone
  ring_memory& memory_;
  const std::size_t joint_page_;  // where the ring meets its beginning, if a view can go on there
  std::uint64_t passed_ = 0;      // bytes of the ring that were ever taken
  std::list<held_view*> in_the_way_;
  std::list<lens> lenses_;
  lens* current_ = nullptr;  // for new views
};

}  // namespace v4v::detail
