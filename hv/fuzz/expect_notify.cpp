#include "fuzz/expectation.hpp"

namespace v4v::hv::fuzz {
namespace {

constexpr std::size_t entry_size = sizeof(v4v_ring_data_ent);

class notification final : public expectation {
 public:
  using expectation::expectation;

  void read(std::span<const std::byte> bytes) override {
    require(!answer, "a refused question is read on");
    if (!answering_) {
      answering_ = true;
      const auto data = as<v4v_ring_data>(bytes);
      entries_ = data.nent;
      if (data.magic != V4V_RING_DATA_MAGIC) {
        answer = error::invalid;
      } else if (data.nent > caller.limits.max_notify) {
        answer = error::no_space;
      }
      return;
    }
    require(bytes.size() == entry_size, "an entry is read oddly");
    entry_ = as<v4v_ring_data_ent>(bytes);
    ring_ = nullptr;
    ++answered_;
  }

  void locked(lock_level level, bool, const port_lock& lock) override {
    if (!answering_) {
      if (level == lock_level::ring) wake(lock);
      return;
    }
    if (level == lock_level::domains) look_up();
    if (level == lock_level::ring) {
      require(ring_ != nullptr && ring_->lock == &lock, "a question about another ring");
      rx_ = ring_->rx();
      memory_ = true;
    }
  }

  void out_of_memory() override { memory_ = false; }

  void unlocking(lock_level level, bool, const port_lock&) override {
    if (!answering_ || level != lock_level::ring) return;
    std::uint32_t flags = V4V_RING_EXISTS;
    const std::uint64_t need = footprint(entry_.space_required);
    if (need < ring_->room(rx_)) {
      flags |= V4V_RING_SUFFICIENT;
      std::erase_if(ring_->waiters, [&](const waiting& x) { return x.id == caller.id; });
    } else if (w.wait(*ring_, caller, need, memory_)) {
      flags |= V4V_RING_PENDING;
    }
    if (rx_ == ring_->tx) flags |= V4V_RING_EMPTY;
    entry_.flags = static_cast<std::uint16_t>(flags);
  }

  void wrote(std::uint64_t at, std::span<const std::byte> bytes) override {
    require(at >= c.arg1 + sizeof(v4v_ring_data), "an answer before the entries");
    const std::uint64_t offset = (at - c.arg1 - sizeof(v4v_ring_data)) % entry_size;
    const std::uint64_t end = offset + bytes.size();
    require((offset >= offsetof(v4v_ring_data_ent, flags) &&
             end <= offsetof(v4v_ring_data_ent, space_required)) ||
                (offset >= offsetof(v4v_ring_data_ent, max_message_size) && end <= entry_size),
            "a field of a question is written", static_cast<long long>(offset));
    if (offset == offsetof(v4v_ring_data_ent, generation)) {
      learn_generation(as<std::uint16_t>(bytes));
      return;
    }
    std::byte expected[entry_size];
    std::memcpy(expected, &entry_, entry_size);
    require(std::memcmp(expected + offset, bytes.data(), bytes.size()) == 0, "a wrong answer",
            static_cast<long long>(offset), std::to_integer<int>(bytes[0]));
  }

 private:
  void wake(const port_lock& lock) {
    known_ring* r = nullptr;
    for (known_ring& mine : caller.rings) {
      if (mine.lock == &lock) r = &mine;
    }
    require(r != nullptr, "notify looks at a ring of another domain");
    const std::uint32_t room = r->room(r->rx());
    std::erase_if(r->waiters, [&](const waiting& x) {
      if (x.need >= room) return false;
      must_tell(w.living(x), V4V_ACTIVITY_ROOM);
      return true;
    });
    in_own_rings = true;
  }

  void look_up() {
    entry_.flags = 0;
    entry_.max_message_size = 0;
    if (w.reveals(caller.id, entry_.ring)) ring_ = w.target(entry_.ring, caller.id);
    if (ring_ != nullptr) entry_.max_message_size = ring_->len - 32;
  }

  void learn_generation(std::uint16_t said) {
    if (ring_ == nullptr) {
      require(said == 0, "a ring that does not exist has a generation", said);
      return;
    }
    require(said != 0 && (ring_->generation == 0 || ring_->generation == said),
            "a ring has another generation", said, ring_->generation);
    ring_->generation = said;
    for (const life& l : w.lives) {
      if (l.id != entry_.ring.domain) continue;
      for (const known_ring& r : l.rings)
        require(&r == ring_ || r.generation != said, "two rings have one generation", said);
    }
  }

  long undecided() override { return 0; }
  void finished(long result) override {
    if (result == 0 && c.progress == 0 && c.arg1 != 0) {
      require(answered_ == entries_, "a question without an answer", answered_, entries_);
    }
    // Nobody is left waiting who need not, whatever else becomes of the call.
    if (result == error::restart || c.progress != 0 || disturbed) return;
    for (const known_ring& r : caller.rings) {
      const std::uint32_t room = r.room(r.rx());
      for (const waiting& x : r.waiters)
        require(x.need >= room || recent(r), "a domain waits for space that is there", x.id);
    }
  }
  // An answer of notify to notify's own caller may be what made the room: it wrote into a header.
  bool recent(const known_ring&) const { return answered_ != 0; }

  bool answering_ = false;
  std::uint32_t entries_ = 0;
  std::uint32_t answered_ = 0;
  v4v_ring_data_ent entry_{};
  known_ring* ring_ = nullptr;
  std::uint32_t rx_ = 0;
  bool memory_ = true;
};

}  // namespace

std::unique_ptr<expectation> expect_notify(world& in, life& by, const hv::call& made) {
  return std::make_unique<notification>(in, by, made);
}

}  // namespace v4v::hv::fuzz
