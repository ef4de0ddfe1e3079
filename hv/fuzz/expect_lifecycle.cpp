// What the birth and the death of a domain must do.

#include "fuzz/expectation.hpp"

namespace v4v::hv::fuzz {
namespace {

class birth final : public expectation {
 public:
  birth(world& in, life& of) : expectation{in, of, {.op = 0}} {}

  void locked(lock_level level, bool, const port_lock&) override {
    if (level != lock_level::domains) return;
    if (caller.id >= V4V_DOMAIN_ANY) {
      answer = error::invalid;
    } else if (w.living(caller.id) != nullptr) {
      taken_ = true;
    }
  }
  void unlocking(lock_level level, bool, const port_lock&) override {
    if (level != lock_level::domains || answer) return;
    answer = taken_ ? error::exists : 0;
    caller.listed = !taken_;
  }

 private:
  long undecided() override { violation("a birth without an answer"); }

  bool taken_ = false;
};

class death final : public expectation {
 public:
  death(world& in, life& of) : expectation{in, of, {.op = 0}} {}

  void locked(lock_level level, bool shared, const port_lock&) override {
    if (level != lock_level::domains || shared || caller.dying) return;
    caller.dying = true;
    caller.listed = false;
    for (const known_ring& r : caller.rings)
      caller.retired[r.block] = static_cast<long>(r.pages.size());
    caller.rings.clear();
    for (const life& l : w.lives) {
      if (l.listed) caller.mourners.insert(l.number);
    }
    caller.births_before_death = w.born;
  }
  void freed(const void* block) override { caller.retired.erase(block); }
  void locked_rings_of(life& whose) override {
    if (&whose == &caller) return;  // that is for its counters
    // Each is told in a call of its own, if the port wants to yield all the time. Who was born
    // meanwhile need not be told, but may be: the domain has not ended yet. Like the others it
    // finds the bit with its event, and once.
    const bool mourns = caller.mourners.erase(whose.number) != 0;
    const bool is_newcomer = whose.number >= caller.births_before_death &&
                             caller.told_newcomers.insert(whose.number).second;
    require(mourns || is_newcomer, "a domain is told twice of a death", whose.id);
    must_tell(&whose, V4V_ACTIVITY_GONE);
  }

 private:
  long undecided() override { return 0; }
  void finished(long result) override {
    if (result != 0) return;
    require(caller.dying && caller.retired.empty(), "a dead domain's rings are not freed");
    for (const life& l : w.lives)
      require(!l.listed || !caller.mourners.contains(l.number), "a domain is not told of a death",
              l.id);
    caller.activity = nullptr;
  }
};

}  // namespace

std::unique_ptr<expectation> expect_birth(world& in, life& of) {
  return std::make_unique<birth>(in, of);
}
std::unique_ptr<expectation> expect_death(world& in, life& of) {
  return std::make_unique<death>(in, of);
}

}  // namespace v4v::hv::fuzz
