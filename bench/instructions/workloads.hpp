#pragma once

#include <span>

namespace v4v::bench {

/// Something that is always done in the same way, in one thread, so that its instructions can be
/// counted.
struct workload {
  const char* name;
  const char* what;  ///< one round of it
  int rounds;        ///< so many are enough for Valgrind, and take it a few seconds

  /// Sets everything up, and does so many rounds, after a few to be warm. Throws what the parts
  /// throw that it uses.
  void (*run)(int rounds);
};

std::span<const workload> workloads();

/// Rounds that come before those that are asked for: pools get filled, and KJ's and the C
/// library's tables get as large as they will be.
inline constexpr int to_be_warm = 100;

void send_with_hypercalls(int rounds);
void send_datagrams(int rounds);
void echo_over_stream(int rounds);
void echo_over_polling_stream(int rounds);
void write_to_stream(int rounds);
void call_nothing(int rounds);
void call_nothing_polling(int rounds);
void call_nothing_over_pipe(int rounds);
void read_blobs(int rounds);

}  // namespace v4v::bench
