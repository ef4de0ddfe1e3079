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
  }
  void freed(const void* block) override { caller.retired.erase(block); }
  void locked_rings_of(life& whose) override {
    // Each is told in a call of its own, if the port wants to yield all the time.
    if (caller.mourners.contains(whose.number)) must_tell(&whose, V4V_ACTIVITY_GONE);
  }
  void signalled(life& who) override {
    expectation::signalled(who);
    caller.mourners.erase(who.number);
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
