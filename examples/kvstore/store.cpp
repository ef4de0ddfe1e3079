#include "store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bytes.hpp"

#include <kj/debug.h>
#include <kj/refcount.h>

// The interfaces that capnp generates have no virtual destructors.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

namespace kvstore {
namespace {

class following;

struct contents : kj::Refcounted {
  std::unordered_map<std::string, std::string> values;
  std::uint64_t bytes = 0;
  std::multimap<std::string, following*, std::less<>> followed;
};

// Tells one follower, one value at a time. Of the values that come while it is being told, only the
// last is kept, so that a slow follower costs this domain no memory.
class following final : public Following::Server {
 public:
  following(kj::Own<contents> all, std::string_view key, Follower::Client follower)
      : all_(kj::mv(all)), place_(all_->followed.emplace(key, this)), follower_(kj::mv(follower)) {}
  ~following() noexcept(false) { all_->followed.erase(place_); }

  void tell(std::string_view value) {
    next_ = value;
    if (!telling_now_) telling_ = tell_next().eagerlyEvaluate(nullptr);
  }

 private:
  kj::Promise<void> tell_next() {
    if (!next_) {
      telling_now_ = false;
      return kj::READY_NOW;
    }
    telling_now_ = true;
    auto request = follower_.changedRequest();
    request.setValue(bytes(*next_));
    next_.reset();
    // A follower that fails stays silent until it is dropped, as it is when its domain ends.
    return request.send().then([this] { return tell_next(); }, [](kj::Exception&&) {});
  }

  kj::Own<contents> all_;
  std::multimap<std::string, following*, std::less<>>::iterator place_;
  Follower::Client follower_;
  std::optional<std::string> next_;
  bool telling_now_ = false;
  kj::Promise<void> telling_ = kj::READY_NOW;
};

class entry final : public Entry::Server {
 public:
  entry(kj::Own<contents> all, std::string_view key) : all_(kj::mv(all)), key_(key) {}

  kj::Promise<void> get(GetContext context) override {
    const auto found = all_->values.find(key_);
    KJ_REQUIRE(found != all_->values.end(), "no such key", key_.c_str());
    context.getResults().setValue(bytes(found->second));
    return kj::READY_NOW;
  }

 private:
  kj::Own<contents> all_;
  std::string key_;
};

// What all who have a part in the store may do.
class reading : public virtual ReadOnlyStore::Server {
 public:
  explicit reading(kj::Own<contents> all) : all_(kj::mv(all)) {}

  kj::Promise<void> entry(EntryContext context) override {
    context.getResults().setEntry(
        kj::heap<kvstore::entry>(kj::addRef(*all_), view(context.getParams().getKey())));
    return kj::READY_NOW;
  }

  kj::Promise<void> size(SizeContext context) override {
    context.getResults().setEntries(all_->values.size());
    context.getResults().setBytes(all_->bytes);
    return kj::READY_NOW;
  }

  kj::Promise<void> follow(FollowContext context) override {
    const auto params = context.getParams();
    context.getResults().setFollowing(
        kj::heap<following>(kj::addRef(*all_), view(params.getKey()), params.getFollower()));
    return kj::READY_NOW;
  }

 protected:
  [[nodiscard]] contents& all() { return *all_; }

 private:
  kj::Own<contents> all_;
};

class writable final : public Store::Server, public reading {
 public:
  using reading::reading;

  kj::Promise<void> put(PutContext context) override {
    const auto params = context.getParams();
    const auto key = view(params.getKey()), value = view(params.getValue());
    auto& kept = all().values[std::string(key)];
    all().bytes += value.size() - kept.size();
    kept = value;
    const auto [first, last] = all().followed.equal_range(key);
    for (auto f = first; f != last; ++f)
      f->second->tell(value);
    return kj::READY_NOW;
  }
};

// Has no put; Cap'n Proto would answer a call of it by the number of the interface that is not
// there.
class read_only final : public reading {
 public:
  read_only(kj::Own<contents> all, v4v::domain_type domain)
      : reading(kj::mv(all)), domain_(domain) {}

  DispatchCallResult dispatchCall(
      std::uint64_t interface, std::uint16_t method,
      capnp::CallContext<capnp::AnyPointer, capnp::AnyPointer> context) override {
    if (interface != capnp::typeId<Store>())
      return reading::dispatchCall(interface, method, kj::mv(context));
    return {kj::Exception(kj::Exception::Type::UNIMPLEMENTED, __FILE__, __LINE__,
                          kj::str("domain ", domain_,
                                  " may read this store and follow its keys, but not put: it was "
                                  "handed a ReadOnlyStore")),
            false};
  }

 private:
  v4v::domain_type domain_;
};

}  // namespace

store make_store() {
  auto all = kj::refcounted<contents>();
  Store::Client for_writer = kj::heap<writable>(kj::addRef(*all));
  return {for_writer,
          [all = kj::mv(all)](v4v::domain_type domain) mutable -> ReadOnlyStore::Client {
            return kj::heap<read_only>(kj::addRef(*all), domain);
          }};
}

}  // namespace kvstore

#pragma GCC diagnostic pop
