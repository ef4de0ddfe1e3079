// What registering and unregistering a ring must do.

#include "fuzz/expectation.hpp"

namespace v4v::hv::fuzz {
namespace {

class registration final : public expectation {
 public:
  registration(world& in, life& by, const hv::call& made) : expectation{in, by, made} {
    if (c.arg1 % V4V_PAGE_SIZE != 0) answer = error::invalid;
  }

  void read(std::span<const std::byte> bytes) override {
    require(!answer, "a refused registration reads on");
    switch (reads_++) {
      case 0:
        require(bytes.size() == offsetof(v4v_ring, rx_ptr), "the positions are read too early");
        std::memcpy(&header_, bytes.data(), bytes.size());
        break;
      case 1:
        reserved_ = as<std::uint32_t>(bytes);
        check_shape();
        break;
      default:
        for (std::size_t i = 0; i < bytes.size(); i += 8)
          pfns_.push_back(as<std::uint64_t>(bytes, i));
    }
  }

  void locked(lock_level level, bool shared, const port_lock&) override {
    if (level != lock_level::rings || registered_) return;
    check_admission();
    if (!shared && !answer) take_positions();
  }
  void ring_created(const port_lock& lock) override {
    require(!answer, "a ring is created that is not admitted");
    lock_ = &lock;
  }
  void allocated(const void* block) override { block_ = block; }
  void pinned(std::byte* page) override {
    require(!answer, "a refused registration pins");
    require(pages_.size() < pfns_.size() &&
                page == caller.flesh.memory().data() + pfns_[pages_.size()] * V4V_PAGE_SIZE,
            "a page is pinned that was not named");
    pages_.push_back(page);
  }
  void unlocking(lock_level level, bool shared, const port_lock&) override {
    if (level != lock_level::rings || shared || !registered_) return;
    std::byte* const tx_ptr = pages_[0] + offsetof(v4v_ring, tx_ptr);
    w.owner_of(tx_ptr)->expect(tx_ptr, tx_);
    w.owner_of(tx_ptr)->compare(tx_ptr, 4, "a wrong tx_ptr in a new ring");
  }

 private:
  void check_shape() {
    const bool good = header_.magic == V4V_RING_MAGIC && header_.id.addr.port != 0 &&
                      header_.len >= 32 && header_.len <= 0x1000000 && header_.len % 16 == 0 &&
                      c.arg3 == (64 + std::uint64_t{header_.len} + 4095) / 4096;
    if (!good) answer = error::invalid;
  }
  void check_admission() {
    require(!answer, "a refused registration goes on");
    if (caller.find(header_.id.addr.port, header_.id.partner) != nullptr) {
      answer = error::exists;
    } else if (caller.rings.size() + caller.retired.size() == caller.limits.max_rings) {
      answer = error::no_space;
    }
  }
  // What stands in the page now: nobody can change it before the core has read it.
  void take_positions() {
    require(pages_.size() == c.arg3, "not all pages are pinned");
    v4v_ring now;
    std::memcpy(&now, pages_[0], sizeof(now));
    const auto is_position = [&](std::uint32_t at) { return at % 16 == 0 && at < header_.len; };
    if (!is_position(now.rx_ptr)) {
      answer = error::invalid;
      return;
    }
    tx_ = is_position(now.tx_ptr) ? now.tx_ptr : now.rx_ptr;
    caller.rings.push_back({&caller, header_.id.addr.port, header_.id.partner, header_.len,
                            reserved_, tx_, 0, pages_, lock_, block_});
    registered_ = true;
    must_tell(w.living(header_.id.partner), V4V_ACTIVITY_ROOM);
    answer = 0;
  }
  long undecided() override { violation("a registration without an answer"); }

  unsigned reads_ = 0;
  v4v_ring header_{};
  std::uint32_t reserved_ = 0;
  std::vector<std::uint64_t> pfns_;
  std::vector<std::byte*> pages_;
  const port_lock* lock_ = nullptr;
  const void* block_ = nullptr;
  std::uint32_t tx_ = 0;
  bool registered_ = false;
};

class unregistration final : public expectation {
 public:
  using expectation::expectation;

  void read(std::span<const std::byte> bytes) override {
    require(c.progress == 0, "a continued call reads its arguments again");
    header_ = {};
    require(bytes.size() <= offsetof(v4v_ring, len), "more is read than the name of a ring");
    std::memcpy(&header_, bytes.data(), bytes.size());
    if (header_.magic != V4V_RING_MAGIC) answer = error::invalid;
  }

  void locked(lock_level level, bool shared, const port_lock&) override {
    if (level != lock_level::rings || shared || answer) return;
    if (c.progress != 0) {
      // Another call is in the middle of unpinning one of them, or there is more to do.
      if (!caller.retired.empty()) may_restart = true;
      return;
    }
    known_ring* const gone = caller.find(header_.id.addr.port, header_.id.partner);
    if (gone == nullptr) {
      answer = error::no_entry;
      return;
    }
    for (const waiting& waiter : gone->waiters)
      must_tell(w.living(waiter), V4V_ACTIVITY_ROOM);
    must_tell(w.living(gone->partner), V4V_ACTIVITY_GONE);
    caller.retired[gone->block] = static_cast<long>(gone->pages.size());
    block_ = gone->block;
    caller.rings.remove_if([&](const known_ring& r) { return &r == gone; });
    answer = 0;
  }

  // A ring counts until it is freed.
  void freed(const void* block) override { caller.retired.erase(block); }

 private:
  long undecided() override {
    require(c.progress != 0, "an unregistration without an answer");
    return 0;
  }
  void finished(long result) override {
    if (result != 0) return;
    if (c.progress == 0) {
      require(!caller.retired.contains(block_), "a ring that is gone is not freed");
    } else {
      require(disturbed || caller.retired.empty(), "a ring that is gone is not freed");
    }
  }

  v4v_ring header_{};
  const void* block_ = nullptr;
};

}  // namespace

std::unique_ptr<expectation> expect_register(world& in, life& by, const hv::call& made) {
  return std::make_unique<registration>(in, by, made);
}
std::unique_ptr<expectation> expect_unregister(world& in, life& by, const hv::call& made) {
  return std::make_unique<unregistration>(in, by, made);
}

}  // namespace v4v::hv::fuzz
