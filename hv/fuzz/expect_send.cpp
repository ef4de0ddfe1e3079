#include "fuzz/expectation.hpp"

namespace v4v::hv::fuzz {
namespace {

class send final : public expectation {
 public:
  send(world& in, life& by, const hv::call& made) : expectation{in, by, made} {
    if (c.arg3 > caller.limits.max_sendv) answer = error::no_space;
  }

  void read(std::span<const std::byte> bytes) override {
    require(!answer && !target, "a refused send is read on");
    if (reads_++ == 0) {
      address_ = as<v4v_send_addr>(bytes);
      return;
    }
    require(reads_ == 2 && bytes.size() == c.arg3 * sizeof(v4v_iov), "the vector is read oddly");
    for (std::size_t i = 0; i < c.arg3; ++i) {
      vector_.push_back(as<v4v_iov>(bytes, i * sizeof(v4v_iov)));
      total_ += vector_.back().len;
    }
    if (total_ > caller.limits.max_send_size) answer = error::message_size;
  }

  void locked(lock_level level, bool, const port_lock& lock) override {
    if (level == lock_level::domains) {
      require(!answer, "a refused send goes on");
      if (w.accepts(caller.id, address_.src.port, address_.dst)) {
        target = w.target(address_.dst, caller.id);
      }
      if (target == nullptr) answer = error::connection_refused;
    }
    if (level == lock_level::ring) {
      require(target != nullptr && target->lock == &lock, "a send to another ring");
      if (total_ > target->len - 32) {
        answer = error::message_size;
      } else if (footprint(total_) < target->room(target->rx())) {
        writing_ = true;
      } else {
        waits_ = true;
      }
    }
  }

  void out_of_memory() override {
    require(waits_, "a send that waits for nothing needs memory");
    memory_ = false;
  }

  void copies() override {
    require(writing_ && !answer, "a copy for a message that was refused");
    w.owner_of(target->header())
        ->compare(target->header(), sizeof(v4v_ring), "a ring's header changes before its message");
  }

  void copied(std::byte* to, std::uint64_t from, std::size_t size) override {
    while (vector_[piece_].len == used_) {
      ++piece_;
      used_ = 0;
      require(piece_ < vector_.size(), "more is copied than was asked for");
    }
    require(from == vector_[piece_].base + used_, "other bytes are sent than was asked for");
    require(size <= vector_[piece_].len - used_, "a longer piece than was asked for");
    for (std::size_t i = 0; i < size;) {
      const auto position =
          static_cast<std::uint32_t>((target->tx + 16 + copied_ + i) % target->len);
      require(target->at(position) == to + i, "a payload goes to the wrong place", position);
      // On to where the next byte may be on another page, or at the start of the ring.
      const std::size_t page = V4V_PAGE_SIZE - (64 + position) % V4V_PAGE_SIZE;
      i += std::min<std::size_t>(page, target->len - position);
    }
    w.owner_of(to)->allow(to, size);
    used_ += static_cast<std::uint32_t>(size);
    copied_ += size;
  }

  void unlocking(lock_level level, bool, const port_lock&) override {
    if (level != lock_level::ring || answer) return;
    if (waits_) {
      answer =
          w.wait(*target, caller, footprint(total_), memory_) ? error::again : error::no_memory;
    } else {
      require(copied_ == total_, "part of a message is not copied");
      publish();
    }
  }

 private:
  void publish() {
    life& owner = *target->owner;
    std::byte* const message = target->at(target->tx);
    w.owner_of(message)->expect(message, v4v_message_header{static_cast<std::uint32_t>(16 + total_),
                                                            static_cast<std::uint32_t>(c.arg4),
                                                            {address_.src.port, caller.id, 0}});
    target->tx = static_cast<std::uint32_t>((target->tx + footprint(total_)) % target->len);
    std::byte* const tx_ptr = target->header() + offsetof(v4v_ring, tx_ptr);
    w.owner_of(tx_ptr)->expect(tx_ptr, target->tx);
    if (target->reserved != 0 && target->reserved <= V4V_ACTIVITY_SLOTS) {
      must_be_marked(owner, target->reserved - 1);
    }
    w.owner_of(message)->compare(message, 16, "a wrong message header");
    w.owner_of(tx_ptr)->compare(tx_ptr, 4, "a wrong tx_ptr");
    answer = static_cast<long>(total_);
    must_tell(&owner);
    told.erase(owner.number);  // an event before the message is none
    ++w.totals.messages;
    w.totals.bytes += total_;
  }

  long undecided() override { violation("a send without an answer"); }
  void finished(long result) override {
    if (result == error::again) ++w.totals.would_block;
    if (result < 0 && result != error::again) ++w.totals.rejections;
  }

  unsigned reads_ = 0;
  v4v_send_addr address_{};
  std::vector<v4v_iov> vector_;
  std::uint64_t total_ = 0;

  known_ring* target = nullptr;
  bool writing_ = false;
  bool waits_ = false;
  bool memory_ = true;
  std::size_t piece_ = 0;     // of the vector, that is being copied
  std::uint32_t used_ = 0;    // of that piece
  std::uint64_t copied_ = 0;  // in all
};

}  // namespace

std::unique_ptr<expectation> expect_send(world& in, life& by, const hv::call& made) {
  return std::make_unique<send>(in, by, made);
}

}  // namespace v4v::hv::fuzz
