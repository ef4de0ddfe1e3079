#include "fuzz/play.hpp"

#include <optional>
#include <utility>

#include "core/hypervisor.hpp"
#include "fuzz/arguments.hpp"
#include "fuzz/witness.hpp"

namespace v4v::hv::fuzz {
namespace {

class discarding_sink final : public dump_sink {
 public:
  void line(const char* text) noexcept override { length += std::strlen(text); }
  std::size_t length = 0;
};

class game {
 public:
  game(const std::uint8_t* data, std::size_t size) : in_{data, size} {
    const std::uint32_t guests = 3 + in_.below(3);
    for (std::uint32_t i = 0; i < guests; ++i) {
      w_.bodies.push_back(std::make_unique<body>());
      be_born(*w_.bodies.back(), static_cast<std::uint16_t>(i));
    }
    for (life& l : w_.lives) {
      if (in_.below(4) != 0) operate(l, args_.usual_ring(l));
    }
    port_.meanwhile = [this](testing::test_port::step) { interfere(); };
  }

  void run() {
    // Long inputs cost time and find nothing that shorter ones do not.
    for (int steps = 0; !in_.ended() && steps < 400; ++steps)
      step();
  }

  ~game() {
    port_.fail_nothing();
    port_.yield_every = 0;
    plans_.clear();
    check_counters();
    while (!w_.lives.empty())
      end(w_.lives.front());
    core_.reset();
    if (const std::string left = port_.imbalance(); !left.empty()) violation(left.c_str());
  }

 private:
  void step() {
    switch (in_.below(24)) {
      case 0:
        return die();
      case 1:
        return be_born();
      case 2:
      case 3:
        return go_on();
      case 4:
      case 5:
        return poke(args_.change_of_memory());
      case 6:
      case 7:
        return receive();
      case 8:
        return fail();
      case 9:
        port_.yield_every = in_.below(4);
        return;
      case 10:
      case 11:
      case 12:
        return plan();
      case 13:
        return listen();
      case 14:
        return rare();
      default:
        if (life* by = somebody()) {
          operate(*by, args_.any(*by));
          plans_.clear();
        }
    }
  }

  // ---- Guests ----

  life* somebody() {
    std::vector<life*> all;
    for (life& l : w_.lives) {
      if (!l.dying) all.push_back(&l);
    }
    return all.empty() ? nullptr : in_.pick_in(all);
  }

  // The smallest id that nobody has.
  std::uint16_t absent() {
    std::uint16_t id = 0;
    while (w_.living(id) != nullptr)
      ++id;
    return id;
  }

  void be_born() {
    body& b = *in_.pick_in(w_.bodies);
    be_born(b, in_.flag() ? args_.domain() : absent());
  }
  void be_born(body& b, std::uint16_t id) {
    if (w_.lives.size() > 8) return;
    static_cast<void>(create(b, id));
  }

  life* create(body& b, std::uint16_t id) {
    life& l = w_.lives.emplace_back(b, w_.born++, id);
    l.privileged = id % 3 == 0;
    const auto expected = expect_birth(w_, l);
    port_.now = expected.get();
    const long result = core_->create_domain(id, static_cast<testing::test_domain*>(&l), l.self);
    port_.now = nullptr;
    expected->ends(result);
    check();
    if (result == 0) return &l;
    w_.lives.pop_back();
    return nullptr;
  }

  void die() {
    if (w_.lives.empty()) return;
    life& l = in_.pick_in(w_.lives);
    l.pending.clear();
    destroy(l);
  }

  // True when it is done.
  bool destroy(life& l) {
    const auto expected = expect_death(w_, l);
    port_.now = expected.get();
    const long result = core_->destroy_domain(l.self);
    port_.now = nullptr;
    expected->ends(result);
    if (result == 0) {
      require(l.pins.empty(), "a dead domain's pages are pinned", l.id);
      w_.lives.remove_if([&](const life& other) { return &other == &l; });
    }
    check();
    return result == 0;
  }
  void end(life& l) {
    while (!destroy(l)) {
    }
  }

  // ---- Calls ----

  void operate(life& by, hv::call c) {
    const auto expected = expect_call(w_, by, c);
    expectation* const outer = std::exchange(port_.now, expected.get());
    const long result = core_->operate(*by.self, c);
    port_.now = outer;
    expected->ends(result);
    if (result == error::restart) by.pending.push_back(c);
    if (outer == nullptr) check();
  }

  // A call that had to yield is made again, perhaps by a guest that changed what it has reached.
  void go_on() {
    life* by = somebody();
    if (by == nullptr || by->pending.empty()) return;
    const std::size_t which = in_.below(by->pending.size());
    hv::call c = by->pending[which];
    by->pending.erase(by->pending.begin() + static_cast<std::ptrdiff_t>(which));
    switch (in_.below(8)) {
      case 0:
        c.progress = in_.u64();
        break;
      case 1:
        c.progress = in_.u8();
        break;
      case 2:
        c.progress = std::uint64_t{1} << 31 | in_.u8();
        break;
      default:
        break;
    }
    operate(*by, c);
  }

  // ---- What happens meanwhile ----

  // At the k-th step from now of the next call: memory changes, or another guest calls.
  struct happening {
    std::uint32_t in;
    arguments::change change;
    std::optional<std::pair<std::uint64_t, hv::call>> nested;  // by the domain with this number
  };

  // Instead of a domain's number: the caller's other processor makes the same call.
  static constexpr std::uint64_t twin = ~std::uint64_t{0};

  void plan() {
    if (plans_.size() == 8) return;
    happening h{1 + in_.below(64), {}, {}};
    const std::uint8_t kind = in_.u8();
    if (kind % 4 != 0) {
      h.change = args_.change_of_memory();
    } else if (kind >= 128) {
      h.nested = {twin, hv::call{}};
    } else if (life* by = somebody()) {
      h.nested = {by->number, args_.any(*by, arguments::place::nested)};
    }
    plans_.push_back(h);
  }

  void interfere() {
    if (plans_.empty() || port_.now == nullptr) return;
    for (happening& h : plans_) {
      if (h.in == 0) continue;
      // A call of another processor has to wait until no lock is held here.
      if (h.in == 1 && h.nested && (port_.locked() != 0 || nesting_)) continue;
      if (--h.in != 0) continue;
      port_.now->disturbed = true;
      if (h.nested) {
        nest(*h.nested);
      } else {
        poke(h.change);
      }
    }
  }

  void nest(const std::pair<std::uint64_t, hv::call>& other) {
    // The limits of the domain whose call this is do not change here: the fuzzer does not know when
    // exactly the core reads them.
    const bool same = other.first == twin;
    const hv::call c = same ? port_.now->made() : other.second;
    if (c.op == V4V_OP_config || c.op == 0) return;
    const std::uint64_t number = same ? port_.now->by().number : other.first;
    for (life& l : w_.lives) {
      if (l.number != number || l.dying) continue;
      nesting_ = true;
      operate(l, c);
      nesting_ = false;
      return;
    }
  }

  void poke(const arguments::change& c) {
    if (c.of != nullptr) c.of->poke(c.at, &c.value, c.size);
  }

  void fail() {
    const std::uint32_t n = 1 + in_.below(8);
    port_.fail_nth(n, in_.below(16));
  }

  // ---- What well-behaved guests do ----

  // Takes one message, or all, from a ring.
  void receive() {
    known_ring* r = args_.some_ring();
    if (r == nullptr) return;
    const std::uint32_t rx = r->rx();
    std::uint32_t next = r->tx;
    if (in_.flag() && rx < r->len && rx % 16 == 0 && rx != r->tx) {
      v4v_message_header h;
      std::memcpy(&h, r->at(rx), sizeof(h));
      if (h.len <= r->len) next = (rx + v4v_round_up32(h.len)) % r->len;
    }
    body& b = *w_.owner_of(r->header());
    b.put(static_cast<std::uint64_t>(r->header() - b.at(0)) + offsetof(v4v_ring, rx_ptr), next);
    if (in_.flag() && !r->owner->dying) operate(*r->owner, {4});
  }

  void listen() {
    life* l = somebody();
    if (l == nullptr) return;
    switch (in_.below(3)) {
      case 0:
        l->events.mask();
        break;
      case 1:
        static_cast<void>(l->events.unmask());
        break;
      default:
        static_cast<void>(l->events.take());
    }
  }

  // ---- What takes many calls ----

  void rare() {
    switch (in_.below(16)) {
      case 0:
      case 1:
        return in_bulk([this] { crowd(); });
      case 2:
        return in_bulk([this] { flood(); });
      case 3: {
        discarding_sink sink;
        core_->dump(sink);
        require(sink.length != 0, "an empty dump");
        return;
      }
      default:
        return check_counters();
    }
  }

  template <class F>
  void in_bulk(F&& f) {
    in_bulk_ = true;
    f();
    in_bulk_ = false;
    check();
  }

  // Many domains come, wait for space in one ring, and go: some of them first, some of them last.
  void crowd() {
    const known_ring* r = args_.some_ring();
    if (r == nullptr || crowds_++ == 1) return;
    const v4v_addr to{r->port, r->owner->id, 0};
    const std::uint32_t count = 8 * in_.below(33);
    const bool stay = in_.flag();
    std::vector<std::uint64_t> here;
    body& b = *w_.bodies[0];
    for (std::uint32_t i = 0; i < count; ++i) {
      life* l = create(b, static_cast<std::uint16_t>(1000 + i));
      if (l == nullptr) continue;
      b.put(0x1000, v4v_ring_data{V4V_RING_DATA_MAGIC, 1, 0, {}});
      b.put(0x1000 + sizeof(v4v_ring_data), v4v_ring_data_ent{to, 0, 0, 0xffffffffu, 0});
      operate(*l, {4, 0x1000});
      if (!stay) end(*l);
    }
    if (!stay) return;
    // One more, who finds no place but those of the dead.
    if (life* by = somebody()) operate(*by, args_.notify(*by, arguments::place::usual));
    for (auto l = w_.lives.begin(); l != w_.lives.end();) {
      life& now = *l++;
      if (now.id >= 1000 && now.id < 1000 + count) end(now);
    }
  }

  // As many rules as there may be, and one more; then none.
  void flood() {
    life* l = w_.living(0);
    if (l == nullptr || floods_++ == 1) return;
    l->flesh.put(0x1000, v4v_rule{{77, 1, 0}, {77, 1, 0}, 1});
    for (std::size_t i = w_.rules.size(); i <= V4V_MAX_RULES; ++i)
      operate(*l, {7, 0x1000, 0, UINT64_MAX});
    operate(*l, args_.tables_list(*l, arguments::place::usual));
    operate(*l, {8, 0, 0, 0});
  }

  // ---- Checks ----

  void check() {
    if (in_bulk_) return;
    for (const auto& b : w_.bodies)
      b->compare();
    port_.check_account();
  }

  void check_counters() {
    const hypervisor::totals sum = core_->count();
    require(sum.rings.messages == w_.totals.messages, "messages are counted wrong");
    require(sum.rings.bytes == w_.totals.bytes, "bytes are counted wrong");
    require(sum.rings.would_block == w_.totals.would_block, "EAGAINs are counted wrong");
    require(sum.rejections == w_.totals.rejections, "rejections are counted wrong");
    require(sum.rings.high_water < V4V_MAX_RING_LEN, "a ring was more than full");
  }

  program in_;
  world w_{in_.flag()};
  witness port_{w_};
  std::optional<hypervisor> core_{std::in_place, port_, w_.accept_by_default};
  arguments args_{in_, w_};
  std::vector<happening> plans_;
  bool nesting_ = false;
  bool in_bulk_ = false;  // what is checked after each call is checked once, at the end
  int floods_ = 0;
  int crowds_ = 0;
};

}  // namespace

void play(const std::uint8_t* data, std::size_t size) { game{data, size}.run(); }

}  // namespace v4v::hv::fuzz
