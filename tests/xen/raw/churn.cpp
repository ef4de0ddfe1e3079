#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "commands.hpp"
#include "expect.hpp"
#include "interruption.hpp"
#include "loopback.hpp"
#include "memory.hpp"
#include "ring.hpp"

namespace v4v::raw {
namespace {

constexpr std::uint32_t most_pages = 65;
constexpr std::uint32_t arena_pages = 2 * most_pages;
constexpr std::uint32_t send_every = 4;
constexpr auto untouched = std::byte{0xa5};

// A ring of so many pages, that ends a little before the last page does, or with it.
std::uint32_t len_of(std::uint32_t pages, std::uint64_t round) {
  return pages * V4V_PAGE_SIZE - 64 - static_cast<std::uint32_t>(round % 3) * 16;
}

void one_round(const domain& here, memory& in, std::uint64_t round) {
  const auto pages = static_cast<std::uint32_t>(1 + round * 7 % most_pages);
  const std::size_t first = round * 11 % (arena_pages - pages);
  const std::uint16_t partner = round % 2 == 0 ? V4V_DOMAIN_ANY : here.id;
  ring r(here.hv, in, first, static_cast<std::uint32_t>(1 + round % 1000), partner,
         len_of(pages, round));
  // So that a message of some length wraps.
  r.start_at(r.header().len - 16);
  require(r.enter(), 0, fmt::format("round {}: a ring of {} pages is registered", round, pages));
  if (round % send_every == 0) {
    const std::size_t size =
        std::min<std::size_t>(round * 97 % 5000, v4v_max_payload(r.header().len));
    send_through(here, r, std::string(size, static_cast<char>('a' + round % 26)));
  }
  require(r.leave(), 0, fmt::format("round {}: the ring is unregistered", round));
  require(send(here.hv, {r.port(), here.id, 0}, "x"), -ECONNREFUSED,
          fmt::format("round {}: a message to the ring that is gone", round));
}

}  // namespace

void churn(const domain& here, std::uint64_t rounds) {
  // One page more, which is never in a ring.
  memory in(here.hv, arena_pages + 1);
  const std::span<std::byte> beyond{in.page(arena_pages), V4V_PAGE_SIZE};
  std::fill(beyond.begin(), beyond.end(), untouched);

  std::uint64_t done = 0;
  for (; done < rounds && !interrupted(); ++done)
    one_round(here, in, done);

  require(done == rounds, fmt::format("interrupted after {} rounds", done));
  fmt::print("ok: {} rings of 1 to {} pages came and went\n", rounds, most_pages);
  expect(std::all_of(beyond.begin(), beyond.end(), [](std::byte b) { return b == untouched; }),
         "the page behind them is untouched");
  expect(in.has_stayed(), "the kernel has left the pages where they were");
}

}  // namespace v4v::raw
