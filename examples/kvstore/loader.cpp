#include "loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <stdexcept>

#include "answered_put.hpp"
#include "bytes.hpp"

namespace kvstore {
namespace {

// Enough to keep both domains busy.
constexpr std::size_t reads_under_way = 256;

std::string key_of(std::size_t piece) { return fmt::format("{}", piece); }

}  // namespace

void load(Store::Client store, const std::vector<std::string_view>& pieces, const progress& report,
          kj::WaitScope& scope) {
  // Who may not put is told so in an answer, before all of it is sent.
  if (!pieces.empty()) answered_put(store, key_of(0), pieces[0]).send().wait(scope);
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    auto request = store.putRequest();
    request.setKey(bytes(key_of(i)));
    request.setValue(bytes(pieces[i]));
    // Resolved at once while the window is open; later when the store is slower than we are.
    request.send().wait(scope);
    if (i % 1024 == 0) report(i);
  }
  // Calls on one object are delivered in order, so this one is answered after all the others; and
  // where a streaming call has failed, so do all that follow.
  const auto size = store.sizeRequest().send().wait(scope);
  if (size.getEntries() < pieces.size())
    throw std::runtime_error(
        fmt::format("the store has {} entries, but {} were put", size.getEntries(), pieces.size()));
}

void compare(ReadOnlyStore::Client store, const std::vector<std::string_view>& pieces,
             const progress& report, kj::WaitScope& scope) {
  std::deque<capnp::RemotePromise<Entry::GetResults>> answers;
  std::size_t asked = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    for (; asked < pieces.size() && answers.size() < reads_under_way; ++asked) {
      auto request = store.entryRequest();
      request.setKey(bytes(key_of(asked)));
      answers.push_back(request.send().getEntry().getRequest().send());
    }
    const auto answer = answers.front().wait(scope);
    answers.pop_front();
    const auto value = answer.getValue();
    if (!std::ranges::equal(value, bytes(pieces[i])))
      throw std::runtime_error(fmt::format("piece {} came back different", i));
    if (i % 1024 == 0) report(i);
  }
}

std::vector<std::chrono::nanoseconds> measure_round_trips(ReadOnlyStore::Client store,
                                                          std::size_t n, kj::WaitScope& scope) {
  std::vector<std::chrono::nanoseconds> times(n);
  for (auto& time : times) {
    const auto begin = std::chrono::steady_clock::now();
    store.sizeRequest().send().wait(scope);
    time = std::chrono::steady_clock::now() - begin;
  }
  std::ranges::sort(times);
  return times;
}

}  // namespace kvstore
