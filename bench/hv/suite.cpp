#include "suite.hpp"

#include <mutex>
#include <semaphore>
#include <stdexcept>
#include <thread>

#include "measure/columns.hpp"
#include "steps.hpp"

namespace v4v::hv::bench {

void require(bool so, const char* what) {
  if (!so) throw std::runtime_error(what);
}

}  // namespace v4v::hv::bench

namespace v4v::bench {
namespace {

namespace of_hv = v4v::hv::bench;

// The unit in which a small send is measured: what any program pays to take a lock that is free.
// In a program of one thread, which none with a hypervisor inside is, glibc locks without atomic
// instructions: there is a second one meanwhile.
outcome mutex_pairs(std::size_t rounds) {
  std::binary_semaphore over{0};
  std::thread second{[&] { over.acquire(); }};
  std::mutex mutex;
  outcome o = of_hv::repeat(rounds, [&] {
    mutex.lock();
    asm volatile("" : : : "memory");
    mutex.unlock();
  });
  over.release();
  second.join();
  return o;
}

constexpr place mebibyte{1 << 20, "B"};

constexpr ratio_definition twice(const char* name, const char* figure) {
  return {"hypercall",
          name,
          {figure, place{2, "threads"}, column::v4v},
          {figure, place{1, "threads"}, column::v4v},
          false,
          "at least 1.8"};
}

constexpr ratio_definition definitions[] = {
    {"hypercall",
     "sendv of 64 B: in pairs of mutex lock and unlock",
     {"sendv", place{64, "B"}, column::v4v},
     {"mutex lock and unlock", {}, column::floor},
     true,
     "at most 4 (3)"},
    {"hypercall",
     "sendv of 1 MiB: share of memcpy's speed",
     {"sendv", mebibyte, column::memcpy},
     {"sendv", mebibyte, column::v4v},
     false,
     "at least 0.85"},
    {"hypercall",
     "sendv of 1 MiB into 128 MiB of rings: share of memcpy's speed",
     {"sendv, large rings", mebibyte, column::memcpy},
     {"sendv, large rings", mebibyte, column::v4v},
     false,
     "at least 0.70"},
    twice("two threads to rings of one domain: times one thread", "sendv to rings of one domain"),
    twice("two threads to rings of two domains: times one thread", "sendv to rings of two domains"),
};

}  // namespace

void plan_hypercalls(plan& p) {
  if (p.of_run().has_peer(beside::floors))
    p.add(cost({"hypercall", "mutex lock and unlock", {}, column::floor, "ns"}, mutex_pairs));
  of_hv::plan_sends(p);
  of_hv::plan_questions(p);
  of_hv::plan_rules(p);
  of_hv::plan_parallel(p);
  of_hv::plan_registration(p);
}

std::span<const ratio_definition> hypercall_ratios() { return definitions; }

}  // namespace v4v::bench
