// A good conversation, and thousands that differ from it at random. The seed is fixed: whoever
// looks for more than a test does sets V4V_MUTATION_SEED and V4V_MUTATION_ROUNDS.

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "server_under_attack.hpp"

namespace v4v::rpc::testing {
namespace {

unsigned long from_environment(const char* name, unsigned long usual) {
  const char* value = std::getenv(name);
  return value ? std::strtoul(value, nullptr, 10) : usual;
}

const unsigned long rounds = from_environment("V4V_MUTATION_ROUNDS", sanitized ? 1000 : 4000);
const auto seed =
    static_cast<std::mt19937::result_type>(from_environment("V4V_MUTATION_SEED", 4'242));

/// One message of each kind, most of which make sense where they stand.
std::vector<bytes> conversation() {
  const auto with_capabilities = [](auto call) {
    auto params = call.getParams();
    auto value = params.getContent().template getAs<Mirror::AnythingParams>().getValue();
    value.template initAs<capnp::List<capnp::Text>>(3).set(1, "text");
    auto table = params.initCapTable(3);
    table[0].setSenderHosted(1);
    table[1].setSenderPromise(2);
    table[2].setReceiverHosted(0);
  };
  return {
      bootstrap_message(0),
      call_message(1, with_capabilities),
      call_message(2,
                   [](auto call) {
                     auto answer = call.initTarget().initPromisedAnswer();
                     answer.setQuestionId(1);
                     answer.initTransform(2)[0].setGetPointerField(0);
                   }),
      call_message(3,
                   [](auto call) {
                     call.initTarget().setImportedCap(0);
                     call.setMethodId(2);
                   }),
      rpc_message([](auto message) {
        auto resolved = message.initResolve();
        resolved.setPromiseId(2);
        resolved.initCap().setSenderHosted(3);
      }),
      rpc_message([](auto message) {
        auto disembargo = message.initDisembargo();
        disembargo.initTarget().initPromisedAnswer().setQuestionId(1);
        disembargo.getContext().setSenderLoopback(0);
      }),
      rpc_message([](auto message) {
        auto answer = message.initReturn();
        answer.setAnswerId(0);
        answer.initResults().initContent().template setAs<capnp::Text>("result");
      }),
      rpc_message([](auto message) {
        message.initUnimplemented().initCall().initTarget().setImportedCap(0);
      }),
      rpc_message([](auto message) { message.initProvide().initTarget().setImportedCap(0); }),
      finish_message(2),
      finish_message(1),
      rpc_message([](auto message) { message.initRelease().setReferenceCount(1); }),
  };
}

class mutator {
 public:
  explicit mutator(std::mt19937::result_type from) : random_{from} {}

  bytes mutated(std::vector<bytes> messages) {
    for (std::size_t i = below(4); i > 0; --i)
      change_order(messages);
    bytes all;
    for (const auto& message : messages)
      all += message;
    for (std::size_t i = 1 + below(6); i > 0 && !all.empty(); --i)
      change_content(all);
    return all;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  void change_order(std::vector<bytes>& messages) {
    const std::size_t first = below(messages.size()), second = below(messages.size());
    switch (below(3)) {
      case 0:
        std::swap(messages[first], messages[second]);
        break;
      case 1:
        messages.push_back(messages[first]);
        break;
      default:
        if (messages.size() > 1) messages.erase(messages.begin() + static_cast<long>(first));
    }
  }

  void change_content(bytes& all) {
    static constexpr std::uint32_t extremes[] = {0,          1,          0xFF,      0x7FFFFFFF,
                                                 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF};
    const std::size_t at = below(all.size());
    switch (below(8)) {
      case 0:
        all[at] = static_cast<char>(random_());
        break;
      case 1:
        all.resize(at);
        break;
      case 2:
        all.insert(at / 8 * 8, all.substr(below(all.size()) / 8 * 8, 8));
        break;
      case 3:
        if (all.size() >= 4) {
          const auto extreme = extremes[below(std::size(extremes))];
          std::memcpy(all.data() + std::min(at, all.size() - 4) / 4 * 4, &extreme, sizeof extreme);
        }
        break;
      default:
        all[at] = static_cast<char>(all[at] ^ (1 << below(8)));
    }
  }

  std::mt19937 random_;
};

class a_mutated_conversation : public server_under_attack {};

TEST_F(a_mutated_conversation, does_no_harm) {
  const auto good_conversation = conversation();
  mutator random{seed};
  for (unsigned long round = 0; round < rounds; ++round) {
    SCOPED_TRACE(round);
    attack(random.mutated(good_conversation));
    expect_unharmed();
  }
}

}  // namespace
}  // namespace v4v::rpc::testing
