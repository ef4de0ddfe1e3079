#include "battlefield.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace v4v::raw {
namespace {

constexpr std::size_t list_pages = 10;
static_assert(list_pages * V4V_PAGE_SIZE / 8 > battlefield::most_frames);

// No guest of these tests has 64 GiB.
constexpr std::uint64_t frames_of_nobody = std::uint64_t{1} << 24;

v4v_ring read_only_ring() {
  v4v_ring r{};
  r.magic = V4V_RING_MAGIC;
  r.id = {{battlefield::ports[0], 0, 0}, V4V_DOMAIN_ANY, 0};
  r.len = 1024;
  return r;
}

}  // namespace

battlefield::battlefield(const domain& here, std::optional<std::uint16_t> other)
    : arena(here.hv, argument_pages + ring_pages),
      lists(here.hv, list_pages),
      read_only_(here.hv, 1),
      partners_{V4V_DOMAIN_ANY, here.id, other.value_or(0x7fe0), 0, 0xffff} {
  const auto frames = arena.frames();
  if (std::any_of(frames.begin(), frames.end(),
                  [](std::uint64_t f) { return f >= frames_of_nobody; }))
    throw std::runtime_error(
        "this guest has memory beyond 64 GiB, which this test takes for nobody's");
  for (std::size_t i = 0; i < frame_words().size(); ++i)
    frame_words()[i] = frames[i % frames.size()];

  const v4v_ring ring = read_only_ring();
  std::memcpy(read_only_.page(0), &ring, sizeof(ring));
  auto* const block = new (read_only_.page(0) + block_offset) v4v_ring_data{};
  block->magic = V4V_RING_DATA_MAGIC;
  block->nent = 3;
  ::mprotect(read_only_.page(0), V4V_PAGE_SIZE, PROT_READ);
}

std::span<std::uint64_t> battlefield::frame_words() const {
  const auto bytes = lists.bytes();
  return {reinterpret_cast<std::uint64_t*>(bytes.data()), bytes.size() / sizeof(std::uint64_t)};
}

bool battlefield::read_only_is_untouched() const {
  const v4v_ring ring = read_only_ring();
  const auto bytes = read_only_.bytes();
  return std::memcmp(bytes.data(), &ring, sizeof(ring)) == 0 &&
         std::all_of(bytes.begin() + block_offset + sizeof(v4v_ring_data), bytes.end(),
                     [](std::byte b) { return b == std::byte{0}; });
}

// Those of nobody would be pages of the arena if their upper bits were lost.
std::uint64_t battlefield::some_frame(dice& by) const {
  const std::uint64_t mine = by.pick(arena.frames());
  if (!by.one_in(512)) return mine;
  constexpr unsigned lost_above[] = {24, 32, 40, 44, 52, 56};
  if (by.one_in(8)) return ~std::uint64_t{0};
  return mine | (1 + by.below(255)) << by.pick(lost_above);
}

bool battlefield::is_allowed_frame(std::uint64_t frame) const {
  const auto frames = arena.frames();
  return frame >= frames_of_nobody ||
         std::find(frames.begin(), frames.end(), frame) != frames.end();
}

}  // namespace v4v::raw
