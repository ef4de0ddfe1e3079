#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/call.hpp"
#include "core/errors.hpp"
#include "fuzz/world.hpp"

namespace v4v::hv::fuzz {

/// What one call must do, told step by step what it does. It decides at the same moments as the
/// core on the same values: those that the core was seen to read, and what is true while it holds
/// the lock in question. So it knows the answer, however the guests change their memory meanwhile.
class expectation {
 public:
  expectation(world& in, life& by, const hv::call& made) : w{in}, caller{by}, c{made} {}
  virtual ~expectation() = default;
  expectation(const expectation&) = delete;
  expectation& operator=(const expectation&) = delete;

  // ---- What the core does ----

  /// Reads from the caller's memory into its own.
  void reads(std::uint64_t at, std::span<const std::byte> bytes);
  /// Is about to copy into some guest's memory, has done so.
  virtual void copies() { violation("an operation that does not send copies into a ring"); }
  virtual void copied(std::byte*, std::uint64_t, std::size_t) {}
  /// Has written into the caller's memory at an address of the caller's.
  virtual void wrote(std::uint64_t, std::span<const std::byte>) {
    violation("an operation without an answer writes one");
  }
  virtual void locked(lock_level, bool /*shared*/, const port_lock&) {}
  virtual void unlocking(lock_level, bool /*shared*/, const port_lock&) {}
  virtual void pinned(std::byte*) { violation("an operation that needs no page pins one"); }
  virtual void ring_created(const port_lock&) { violation("a ring that nobody asked for"); }
  virtual void allocated(const void*) {}
  virtual void freed(const void*) {}  ///< Has been.
  virtual void out_of_memory() { answer = error::no_memory; }
  void faulted() { answer = error::fault; }
  virtual void signalled(life& who);
  /// Holds the L2 of `whose`, shared.
  virtual void locked_rings_of(life& /*whose*/) {}
  /// Is about to leave the L2 of `whose`, held shared: the bit is set that tells of its event.
  void unlocking_rings_of(life& whose);
  void asked_to_yield(bool yes) { may_restart = yes; }

  /// Answers.
  void ends(long result);

  life& by() const { return caller; }
  const hv::call& made() const { return c; }
  bool disturbed = false;  ///< Something happened meanwhile.

 protected:
  virtual void read(std::span<const std::byte>) { violation("something read without need"); }
  /// The call is over, and nothing decided what it answers.
  virtual long undecided() = 0;
  virtual void finished(long /*result*/) {}

  template <class T>
  static T as(std::span<const std::byte> bytes, std::size_t offset = 0) {
    T value;
    require(bytes.size() >= offset + sizeof(T), "too little was read",
            static_cast<long long>(bytes.size()));
    std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
  }
  /// An event for `who`, if it lives, and before it the bit of an activity page, if it has one.
  void must_tell(life* who, std::optional<std::uint32_t> slot = {}) {
    if (who == nullptr) return;
    to_tell.push_back(who->number);
    if (slot) notices.push_back({who->number, *slot});
  }
  /// The bit is to be in its page now.
  void must_be_marked(life& whose, std::uint32_t slot);

  world& w;
  life& caller;
  const hv::call c;
  std::optional<long> answer;
  std::set<std::uint64_t> told;
  bool may_restart = false;
  bool in_own_rings = false;  ///< The L2 that is held is not held for the sake of a notice.

 private:
  std::vector<std::pair<std::uint64_t, std::size_t>> were_read;
  struct notice_of {
    std::uint64_t life;
    std::uint32_t slot;
  };
  std::vector<std::uint64_t> to_tell;
  std::vector<notice_of> notices;  // whose bits have yet to be set
};

/// What an operation of a guest must do.
std::unique_ptr<expectation> expect_call(world& in, life& by, const hv::call& made);
std::unique_ptr<expectation> expect_send(world& in, life& by, const hv::call& made);
std::unique_ptr<expectation> expect_register(world& in, life& by, const hv::call& made);
std::unique_ptr<expectation> expect_unregister(world& in, life& by, const hv::call& made);
std::unique_ptr<expectation> expect_notify(world& in, life& by, const hv::call& made);
std::unique_ptr<expectation> expect_info(world& in, life& by, const hv::call& made);
std::unique_ptr<expectation> expect_activity(world& in, life& by, const hv::call& made);
std::unique_ptr<expectation> expect_administration(world& in, life& by, const hv::call& made);
/// The birth of a domain, and its death.
std::unique_ptr<expectation> expect_birth(world& in, life& of);
std::unique_ptr<expectation> expect_death(world& in, life& of);

}  // namespace v4v::hv::fuzz
