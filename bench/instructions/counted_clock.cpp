// The clock of this program: each time that it is asked it is five microseconds later. Guests ask
// how long they have looked for events, and whether others need their processor, and then do more
// or less of it; by the true time, what a round takes would depend on how fast Valgrind is today.
//
// Five are more than a guest takes to mean that nobody waits for its processor. Here somebody does:
// the other end.
//
// The clocks of the C++ library and of KJ end here, too: what a program defines goes before what
// the libraries do that it is linked with.

#include <ctime>

extern "C" int clock_gettime(clockid_t, timespec* tp) noexcept {
  constexpr long step = 5'000;
  constexpr long second = 1'000'000'000;
  static timespec next{1, 0};
  *tp = next;
  next.tv_nsec += step;
  if (next.tv_nsec == second) next = {next.tv_sec + 1, 0};
  return 0;
}
