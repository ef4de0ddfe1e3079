#include "tests/model/play.hpp"

#include <algorithm>
#include <cstring>
#include <sstream>
#include <utility>

#include "tests/model/reference.hpp"
#include "tests/model/settle.hpp"
#include "tests/model/subject.hpp"

namespace v4v::hv::testing {
namespace {

// Generations are any numbers but 0, one for each ring of an owner.
class generations {
 public:
  bool are_alike(domain_id owner, std::uint16_t core, std::uint16_t serial) {
    if (core == 0 || serial == 0) return core == serial;
    return of_serial_.try_emplace(serial, core).first->second == core &&
           of_core_.try_emplace({owner, core}, serial).first->second == serial;
  }

 private:
  std::map<std::uint16_t, std::uint16_t> of_serial_;
  std::map<std::pair<domain_id, std::uint16_t>, std::uint16_t> of_core_;
};

std::string events(const std::set<domain_id>& who) {
  std::string all;
  for (const domain_id id : who)
    all += " " + std::to_string(id);
  return all.empty() ? " nobody" : all;
}

std::string describe(const v4v_ring_data_ent& e) {
  return "flags " + std::to_string(e.flags) + ", max " + std::to_string(e.max_message_size) +
         ", generation " + std::to_string(e.generation);
}

template <class T>
bool same_bytes(const T& a, const T& b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

// The first thing in which the core's answer differs, or nothing.
std::string difference(const answer& core, const answer& expected, generations& known) {
  if (core.result != expected.result) {
    return "expected the result " + name_of_result(expected.result);
  }
  if (core.events != expected.events) return "expected events for" + events(expected.events);
  if (core.entries.size() != expected.entries.size()) return "expected another number of entries";
  for (std::size_t i = 0; i < core.entries.size(); ++i) {
    v4v_ring_data_ent is = core.entries[i];
    const v4v_ring_data_ent& should = expected.entries[i];
    const bool right_ring = known.are_alike(is.ring.domain, is.generation, should.generation);
    is.generation = should.generation;
    if (!right_ring || !same_bytes(is, should))
      return "expected entry " + std::to_string(i) + ": " + describe(should);
  }
  if (!std::ranges::equal(core.rules, expected.rules, same_bytes<v4v_rule>)) {
    return "expected other rules";
  }
  if (expected.info.ring_magic != 0 && !same_bytes(core.info, expected.info)) {
    return "expected another info";
  }
  return "";
}

}  // namespace

played play(const script& s) {
  subject core{s.accept_by_default};
  reference expected{s.accept_by_default};
  generations known;
  played p;
  std::ostringstream story;
  int number = 0;

  const auto step = [&](operation& o) {
    if (!settle(o, expected)) return;
    const answer should = expected.perform(o);
    const answer is = core.perform(o);
    story << ++number << ". " << sentence(o) << ": " << name_of_result(is.result) << ", events for"
          << events(is.events);
    for (const v4v_ring_data_ent& e : is.entries)
      story << "; " << describe(e);
    story << '\n';
    std::string wrong = difference(is, should, known);
    if (wrong.empty()) wrong = core.differences(expected);
    if (wrong.empty()) return;
    story << "   but " << wrong << '\n';
    p.alike = false;
  };

  const auto birth = [&](domain_id id) {
    operation o = birth_op{id, id == first_domain};
    step(o);
  };

  for (domain_id id = first_domain; id <= last_domain; ++id)
    birth(id);
  for (operation o : s.operations) {
    if (p.alike) step(o);
    const auto* death = std::get_if<death_op>(&o);
    if (p.alike && death != nullptr && death->reborn) birth(death->caller);
  }
  p.outcomes = expected.outcomes();
  if (core.continued() != 0) p.outcomes["call: continued"] = static_cast<long>(core.continued());

  const std::string left = core.end();
  if (!left.empty()) {
    story << "At the end: " << left << '\n';
    p.alike = false;
  }
  p.story = story.str();
  return p;
}

}  // namespace v4v::hv::testing
