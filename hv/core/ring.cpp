#include "core/ring.hpp"

#include <new>

#include "core/errors.hpp"

namespace v4v::hv {
namespace {

// What a page slot holds while no page is pinned there. Not null: null is where a port may well
// have mapped something.
void* no_page() noexcept { return reinterpret_cast<void*>(~std::uintptr_t{0}); }

// Frame numbers are read from the guest this many at a time, to bound the stack; and so many pages
// are unpinned between two questions whether to yield.
constexpr std::uint32_t pfn_batch = 64;

// A position is a multiple of the alignment, the header of the ring and the pages are too, and a
// message header is as long: it can cross neither the end of the data nor that of a page.
constexpr std::uint32_t header_size = sizeof(v4v_message_header);
static_assert(header_size == V4V_MESSAGE_ALIGNMENT);
static_assert(sizeof(v4v_ring) % V4V_MESSAGE_ALIGNMENT == 0);
static_assert(V4V_PAGE_SIZE % V4V_MESSAGE_ALIGNMENT == 0);

static_assert(alignof(ring) % alignof(void*) == 0, "the page addresses may follow the ring");
static_assert(std::atomic_ref<std::uint32_t>::is_always_lock_free);

// A small message lies in two of them. Where they are longer than here one is fetched twice.
constexpr std::uint32_t cache_line = 64;

// Has the processor get this cache line, to write to it soon. Nothing depends on it.
void prepare_to_write(std::byte* at) noexcept {
#if defined(__x86_64__)
  // Not the builtin: for the oldest processors, which would take this for no operation, compilers
  // make it one that gets the line for reading.
  asm volatile("prefetchw %0" : : "m"(*at));
#else
  __builtin_prefetch(at, 1);
#endif
}

}  // namespace

ring::ring(port& host, const ring_shape& shape) noexcept
    : lock{host},
      key_{shape.key},
      len_{shape.len},
      page_count_{shape.page_count},
      activity_slot_{shape.activity_slot},
      generation_{shape.generation} {
  for (std::uint32_t i = 0; i < page_count_; ++i)
    new (pages() + i) void* {no_page()};
}

ring* ring::create(port& host, const ring_shape& shape) noexcept {
  void* memory = host.allocate(sizeof(ring) + shape.page_count * sizeof(void*));
  return memory == nullptr ? nullptr : new (memory) ring{host, shape};
}

void ring::destroy(port& host, const domain& owner, ring* r) noexcept {
  while (!r->unpin(host, owner)) {
  }
  waiter* left = nullptr;
  r->waiters.move_all(left);
  waiter_list::release(host, left);
  r->~ring();
  host.free(r);
}

long ring::pin(port& host, const domain& owner, std::uint64_t pfns) noexcept {
  std::uint64_t batch[pfn_batch];
  for (std::uint32_t done = 0; done < page_count_;) {
    const std::uint32_t left = page_count_ - done;
    const std::uint32_t count = left < pfn_batch ? left : pfn_batch;
    if (!host.copy_from_guest(owner, batch, pfns + done * sizeof(batch[0]),
                              count * sizeof(batch[0]))) {
      return error::fault;
    }
    for (std::uint32_t i = 0; i < count; ++i, ++done) {
      void* page;
      if (!host.pin_page(owner, batch[i], page)) return error::fault;
      pages()[done] = page;
    }
  }
  return 0;
}

bool ring::unpin(port& host, const domain& owner) noexcept {
  while (unpinned_ < page_count_) {
    void*& page = pages()[unpinned_++];
    if (page != no_page()) host.unpin_page(owner, page);
    page = no_page();
    if (unpinned_ % pfn_batch == 0 && unpinned_ < page_count_ && host.should_yield()) return false;
  }
  return true;
}

bool ring::take_positions() noexcept {
  // Atomically, although nobody sends here yet: the pages are the owner's choice and may be those
  // of another of its rings, whose tx_ptr is being stored. Acquire for the same reason as in
  // space().
  const std::uint32_t rx =
      std::atomic_ref<std::uint32_t>{header()->rx_ptr}.load(std::memory_order_acquire);
  const std::uint32_t tx =
      std::atomic_ref<std::uint32_t>{header()->tx_ptr}.load(std::memory_order_relaxed);
  if (!is_position(rx, len_)) return false;
  tx_ = is_position(tx, len_) ? tx : rx;
  store_tx();
  return true;
}

ring_state ring::state() const noexcept {
  return {key_, len_, len_ - space().free, activity_slot_, waiters.count(), counts()};
}

ring_counters ring::counts() const noexcept {
  ring_counters now = counters;
  now.rejected = rejected.load(std::memory_order_relaxed);
  return now;
}

ring::run ring::contiguous(std::uint32_t position, std::uint32_t size) const noexcept {
  if (size > len_ - position) size = len_ - position;
  std::byte* const start = at(position);

  // Pages that are neighbours where they are mapped are written in one go, so that a large copy
  // runs at the speed of one.
  const std::uint32_t offset = static_cast<std::uint32_t>(sizeof(v4v_ring)) + position;
  std::uint32_t page = offset / V4V_PAGE_SIZE;
  std::uint32_t reach = V4V_PAGE_SIZE - offset % V4V_PAGE_SIZE;
  while (reach < size && pages()[++page] == start + reach)
    reach += V4V_PAGE_SIZE;
  return {start, reach < size ? reach : size};
}

bool ring::write(port& host, const domain& sender, std::uint32_t offset, std::uint64_t from,
                 std::uint32_t size) noexcept {
  std::uint32_t position = tx_ + offset;
  if (position >= len_) position -= len_;
  while (size != 0) {
    const run piece = contiguous(position, size);
    if (!host.copy_from_guest(sender, piece.at, from, piece.size)) return false;
    from += piece.size;
    size -= piece.size;
    position += piece.size;
    if (position == len_) position = 0;
  }
  return true;
}

void ring::publish(std::uint32_t size, std::uint32_t type, v4v_addr source) noexcept {
  // Made in place: a copy of one just put together would wait for its parts to reach the cache.
  new (at(tx_)) v4v_message_header{header_size + size, type, source};
  tx_ += static_cast<std::uint32_t>(bytes_on_ring(size));
  if (tx_ >= len_) tx_ -= len_;
  store_tx();
  // The owner has read what lay there a round of the ring ago, so the lines are in its processor's
  // cache: they come while the sender makes its next message, and not when that waits for them.
  prepare_to_write(at(tx_));
  prepare_to_write(at(tx_ + cache_line < len_ ? tx_ + cache_line : 0));
}

void ring::store_tx() noexcept {
  // Release, with the owner's acquire load of tx_ptr: the whole message is there before it can be
  // seen.
  std::atomic_ref<std::uint32_t>{header()->tx_ptr}.store(tx_, std::memory_order_release);
}

}  // namespace v4v::hv
