#include "tests/model/scripts.hpp"

#include <limits>
#include <ostream>

namespace v4v::hv::testing {
namespace {

namespace gen = rc::gen;
using rc::Gen;

// Shrinks towards the first.
template <class T>
Gen<T> one_of(std::initializer_list<T> values) {
  return gen::elementOf(std::vector<T>(values));
}

// An enumeration whose first value, 0, is the usual one: in `of` cases but one.
template <class E>
Gen<E> mostly(E usual, E last, int of) {
  const int values = static_cast<int>(last);
  return gen::map(gen::inRange(0, values * of + 1), [=](int i) {
    return i > values * (of - 1) ? static_cast<E>(i - values * (of - 1)) : usual;
  });
}
Gen<bool> one_in(int n) {
  return gen::map(gen::inRange(0, n), [n](int i) { return i == n - 1; });
}

Gen<domain_id> a_domain() { return one_of<domain_id>({1, 2, 3, 4}); }
Gen<domain_id> a_receiver() {
  return one_of<domain_id>({1, 2, 1, 2, 1, 2, 3, 4, 9, V4V_DOMAIN_ANY});
}
Gen<domain_id> an_owner() { return one_of<domain_id>({1, 2, 1, 2, 1, 2, 3, 4}); }
Gen<domain_id> a_partner() {
  return one_of<domain_id>({V4V_DOMAIN_ANY, V4V_DOMAIN_ANY, V4V_DOMAIN_ANY, 1, 2, 3, 4, 9});
}
Gen<std::uint32_t> a_port() { return one_of<std::uint32_t>({1, 1, 1, 2, 2, 3}); }
// In so many cases of ten one that exists.
Gen<nth_ring> a_ring(int of_ten) {
  return gen::map(gen::inRange<nth_ring>(0, 10000), [=](nth_ring n) {
    return static_cast<int>(n % 10) < of_ten ? n / 10 + 1 : nth_ring{0};
  });
}
Gen<std::size_t> a_place() { return gen::inRange<std::size_t>(0, place_count); }

template <class T, class... Setters>
Gen<operation> an(const Setters&... setters) {
  return gen::map(gen::build<T>(setters...), [](T o) { return operation{std::move(o)}; });
}

Gen<amount> an_amount(bool of_question) {
  const auto beyond = of_question ? std::int64_t{UINT32_MAX} : std::int64_t{most_bytes_sent};
  return gen::weightedOneOf<amount>(
      {{6, gen::build<amount>(gen::set(&amount::offset, gen::inRange<std::int64_t>(0, 80)))},
       {1, gen::build<amount>(gen::set(&amount::offset,
                                       one_of<std::int64_t>({0, 300, 4000, 5000, 30000, beyond})))},
       {4, gen::build<amount>(
               gen::set(&amount::from, one_of({amount::base::now, amount::base::ever})),
               gen::set(&amount::offset, one_of<std::int64_t>({0, -1, 1, 16, 15, -16})))}});
}

Gen<operation> registers() {
  using op = register_ring_op;
  return an<op>(
      gen::set(&op::caller, an_owner()), gen::set(&op::place, a_place()),
      gen::set(&op::port, a_port()), gen::set(&op::partner, a_partner()),
      gen::set(&op::len, one_of<std::uint32_t>(
                             {32, 48, 64, 112, 128, 256, 256, 1024, 4032, 4048, 8192, 65536})),
      gen::set(&op::reserved, one_of<std::uint32_t>({0, 1, 1, 2, 64, 65, V4V_ACTIVITY_SLOTS,
                                                     V4V_ACTIVITY_SLOTS + 1, UINT32_MAX})),
      gen::set(&op::found,
               one_of({op::content::nothing, op::content::nothing, op::content::as_it_stands,
                       op::content::own_message, op::content::bogus_tx})),
      gen::set(&op::start, gen::inRange<std::uint32_t>(0, 500)),
      gen::set(&op::wrong, mostly(op::mistake::none, op::mistake::rx_too_far, 6)));
}

Gen<operation> unregisters() {
  using op = unregister_ring_op;
  return an<op>(gen::set(&op::nth, a_ring(5)), gen::set(&op::caller, an_owner()),
                gen::set(&op::port, a_port()), gen::set(&op::partner, a_partner()),
                gen::set(&op::wrong, mostly(op::mistake::none, op::mistake::no_such_header, 10)));
}

Gen<operation> sends() {
  using op = sendv_op;
  return an<op>(
      gen::set(&op::nth, a_ring(9)), gen::set(&op::as_partner, gen::arbitrary<bool>()),
      gen::set(&op::caller, a_domain()), gen::set(&op::to, a_receiver()),
      gen::set(&op::port, a_port()), gen::set(&op::from_port, one_of<std::uint32_t>({7, 8, 9, 0})),
      gen::set(&op::claimed_domain, gen::inRange<domain_id>(0, 6)),
      gen::set(&op::size, an_amount(false)),
      gen::set(&op::pieces,
               one_of<std::uint32_t>({1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 3, 4, 5, 0, 128, 129})),
      gen::set(&op::text, gen::inRange<std::uint32_t>(0, 256)),
      gen::set(&op::type, one_of<std::uint32_t>({V4V_MESSAGE_DGRAM, V4V_MESSAGE_STREAM, 0})),
      gen::set(&op::wrong, mostly(op::mistake::none, op::mistake::last_piece, 10)));
}

Gen<operation> notifies() {
  using op = notify_op;
  const auto a_question = gen::build<question>(
      gen::set(&question::nth, a_ring(9)), gen::set(&question::to, a_receiver()),
      gen::set(&question::port, a_port()), gen::set(&question::space, an_amount(true)));
  const auto some = gen::mapcat(gen::inRange<std::size_t>(0, 5), [=](std::size_t n) {
    return gen::container<std::vector<question>>(n, a_question);
  });
  return an<op>(gen::set(&op::nth, a_ring(5)), gen::set(&op::caller, a_domain()),
                gen::set(&op::asks, gen::arbitrary<bool>()), gen::set(&op::questions, some),
                gen::set(&op::wrong, mostly(op::mistake::none, op::mistake::no_such_block, 10)));
}

// The receiver's half alone.
Gen<operation> says_that_it_received() {
  return an<notify_op>(gen::set(&notify_op::nth, a_ring(10)));
}

// Wide ones mostly, and about the same source port, so that they overlap.
Gen<domain_id> a_domain_in_rules() {
  constexpr domain_id any = V4V_DOMAIN_ANY;
  return gen::weightedOneOf<domain_id>({{40, one_of<domain_id>({any, any, any, any, 1, 2, 3, 4})},
                                        {1, gen::just<domain_id>(any + 1)}});
}
Gen<v4v_rule> a_rule() {
  return gen::apply(
      [](domain_id from, std::uint32_t from_port, domain_id to, std::uint32_t port,
         std::uint32_t accept) {
        return v4v_rule{{from_port, from, 0}, {port, to, 0}, accept};
      },
      a_domain_in_rules(), one_of<std::uint32_t>({0, 0, 7, 7, 7, 8}), a_domain_in_rules(),
      one_of<std::uint32_t>({0, 0, 0, 1, 2}), one_of<std::uint32_t>({0, 1, 0x80000000}));
}

// Nearly always one who may.
Gen<domain_id> an_administrator() { return one_of<domain_id>({1, 1, 1, 1, 1, 1, 2}); }

Gen<operation> adds() {
  using op = tables_add_op;
  return an<op>(
      gen::set(&op::caller, an_administrator()), gen::set(&op::rule, a_rule()),
      gen::set(&op::position, one_of<std::uint64_t>({1, 1, 1, 2, 2, 3, 0, 4097, UINT64_MAX})),
      gen::set(&op::no_such_rule, one_in(20)));
}
Gen<operation> dels() {
  using op = tables_del_op;
  return an<op>(
      gen::set(&op::caller, an_administrator()),
      gen::set(&op::by_rule, gen::map(one_in(4), [](bool rare) { return !rare; })),
      gen::set(&op::nth, gen::inRange<std::uint32_t>(0, 5)), gen::set(&op::rule, a_rule()),
      gen::set(&op::position,
               one_of<std::uint64_t>({1, 2, 3, 1, 2, 3, 0, UINT32_MAX, UINT64_MAX, 4096})));
}
Gen<operation> lists() {
  using op = tables_list_op;
  return an<op>(gen::set(&op::caller, an_administrator()),
                gen::set(&op::start, one_of<std::uint32_t>({1, 1, 2, 2, 3, 0, 4095, UINT32_MAX})),
                gen::set(&op::count, one_of<std::uint32_t>({1, 2, 5, 0})));
}

Gen<operation> configs() {
  using op = config_op;
  const auto limits = gen::apply(
      [](std::uint32_t rings, std::uint32_t pieces, std::uint32_t questions, std::uint32_t size,
         domain_id target) { return v4v_config{rings, pieces, questions, size, target, 0}; },
      one_of<std::uint32_t>({3, 3, 3, 2, 4, 1, 0, V4V_MAX_RINGS + 1}),
      one_of<std::uint32_t>({128, 128, 3, 2, 1, 0, 129}),
      one_of<std::uint32_t>({256, 256, 3, 1, 0, V4V_MAX_NOTIFY + 1}),
      one_of<std::uint32_t>({V4V_DEFAULT_MAX_SEND_SIZE, 4000, 64, 0, UINT32_MAX}),
      one_of<domain_id>({1, 2, 3, 4, 9}));
  return an<op>(gen::set(&op::caller, an_administrator()), gen::set(&op::limits, limits));
}

Gen<operation> activities() {
  using op = activity_op;
  return an<op>(gen::set(&op::caller, an_owner()), gen::set(&op::take_back, one_in(5)),
                gen::set(&op::page, gen::inRange<std::size_t>(0, 2)),
                gen::set(&op::wrong, mostly(op::mistake::none, op::mistake::no_such_page, 6)));
}

Gen<operation> receives() {
  using op = receive_op;
  return an<op>(gen::set(&op::nth, a_ring(9)), gen::set(&op::caller, an_owner()),
                gen::set(&op::place, a_place()),
                gen::set(&op::count, one_of<std::uint32_t>({1, 1, 2, 100})));
}
Gen<operation> meddles() {
  using op = meddle_op;
  return an<op>(gen::set(&op::nth, a_ring(9)), gen::set(&op::caller, an_owner()),
                gen::set(&op::place, a_place()),
                gen::set(&op::what, one_of({op::deed::mend_rx, op::deed::mend_rx, op::deed::mend_rx,
                                            op::deed::mend_rx, op::deed::mend_rx, op::deed::mend_rx,
                                            op::deed::odd_rx, op::deed::rx_at_end,
                                            op::deed::huge_rx, op::deed::spoil_the_rest})));
}

template <class T>
Gen<operation> just_by(Gen<domain_id> who) {
  return an<T>(gen::set(&T::caller, std::move(who)));
}

Gen<operation> an_operation() {
  return gen::weightedOneOf<operation>(
      {{60, sends()},
       {30, notifies()},
       {25, says_that_it_received()},
       {30, registers()},
       {30, receives()},
       {10, unregisters()},
       {10, meddles()},
       {14, adds()},
       {5, dels()},
       {5, lists()},
       {6, configs()},
       {8, activities()},
       {3, just_by<info_op>(a_domain())},
       {2, just_by<clear_bits_op>(a_domain())},
       {4, an<death_op>(gen::set(&death_op::nth, a_ring(7)),
                        gen::set(&death_op::reborn, gen::arbitrary<bool>()),
                        gen::set(&death_op::caller, a_domain()))},
       {10, an<birth_op>(gen::set(&birth_op::caller, a_domain()),
                         gen::set(&birth_op::privileged, gen::arbitrary<bool>()))},
       {1, an<unknown_op>(gen::set(&unknown_op::caller, a_domain()),
                          gen::set(&unknown_op::op,
                                   one_of<std::uint32_t>({0, 3, 12, 0x80000005, UINT32_MAX})))},
       {1, an<yield_op>(gen::set(&yield_op::every, gen::inRange<std::uint64_t>(0, 4)))}});
}

}  // namespace

Gen<script> scripts() {
  const Gen<operation> now_and_then_many_rules = gen::weightedOneOf<operation>(
      {{2000, an_operation()}, {1, just_by<many_rules_op>(an_administrator())}});
  return gen::build<script>(
      gen::set(&script::accept_by_default, gen::map(one_in(4), [](bool rare) { return !rare; })),
      gen::set(&script::operations,
               gen::container<std::vector<operation>>(now_and_then_many_rules)));
}

void showValue(const script& s, std::ostream& out) {
  out << s.operations.size() << " operations, where messages are "
      << (s.accept_by_default ? "accepted" : "rejected") << " by default\n";
}

}  // namespace v4v::hv::testing
