#include "disturber.hpp"

#include <chrono>
#include <cstddef>

#include "store.hpp"

namespace v4v::raw {

disturber::disturber(battlefield& field, std::uint64_t seed)
    : field_(field), dice_(seed), thread_([this] { run(); }) {}

disturber::~disturber() {
  enough_ = true;
  thread_.join();
}

void disturber::run() {
  while (!enough_.load(std::memory_order_relaxed)) {
    for (int i = 0; i < 64; ++i) {
      switch (dice_.below(4)) {
        case 0:
          change_arguments();
          break;
        case 1:
          change_frame();
          break;
        default:
          change_header();
      }
    }
    // Where there is one processor it is for the calls, mostly.
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void disturber::change_header() {
  constexpr std::size_t fields[] = {24, 24, 24, 28, 28, 20, 32};  // rx_ptr, tx_ptr, len, slot
  std::byte* const header = field_.ring_page(dice_.below(battlefield::ring_pages));
  switch (dice_.below(16)) {
    case 0:
      return store(header, dice_.one_in(2) ? V4V_RING_MAGIC : dice_.number());
    case 1:
      return store(header + offsetof(v4v_ring, id.addr.port), dice_.pick(battlefield::ports));
    case 2:
      return store(header + offsetof(v4v_ring, id.partner), dice_.pick(field_.partners()));
    case 3:
      return store(header + dice_.pick(fields), static_cast<std::uint32_t>(dice_.number()));
    default:
      return store(header + dice_.pick(fields), static_cast<std::uint32_t>(dice_.below(4096) * 16));
  }
}

void disturber::change_arguments() {
  constexpr std::size_t words = battlefield::argument_pages * V4V_PAGE_SIZE / 4;
  const std::uint32_t value = static_cast<std::uint32_t>(dice_.number()) >> dice_.below(32);
  store(field_.arena.page(0) + dice_.below(words) * 4, value);
}

void disturber::change_frame() {
  const auto words = field_.frame_words();
  store(reinterpret_cast<std::byte*>(&words[dice_.below(words.size())]), field_.some_frame(dice_));
}

}  // namespace v4v::raw
