#include "reader.hpp"

#include <fmt/format.h>

#include <utility>

#include "answered_put.hpp"
#include "bytes.hpp"
#include "roles/rpc_error.hpp"

#include <kj/exception.h>

// The interfaces that capnp generates have no virtual destructors.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

namespace kvstore {

struct reader::heard {
  std::string last;
  kj::Own<kj::PromiseFulfiller<void>> changed;
};

namespace {

// As long as the store has one, it may call, also when the reader is gone.
template <class Heard>
class listener final : public Follower::Server {
 public:
  listener(v4v::domain_type domain, std::shared_ptr<Heard> heard)
      : domain_(domain), heard_(std::move(heard)) {}

  kj::Promise<void> changed(ChangedContext context) override {
    heard_->last = view(context.getParams().getValue());
    fmt::print("reader      domain {} is told: status is \"{}\"\n", domain_, heard_->last);
    if (heard_->changed) heard_->changed->fulfill();
    return kj::READY_NOW;
  }

 private:
  v4v::domain_type domain_;
  std::shared_ptr<Heard> heard_;
};

}  // namespace

reader::reader(std::unique_ptr<v4v::link> link, v4v::rpc::event_loop& loop,
               const v4v::endpoint& service)
    : domain_(link->domain()),
      scope_(loop.wait_scope()),
      guest_(loop.context(), std::move(link)),
      client_(loop, guest_, service),
      heard_(std::make_shared<heard>()) {}

void reader::follow(std::string_view key) {
  auto request = client_.bootstrap<ReadOnlyStore>().followRequest();
  request.setKey(bytes(key));
  request.setFollower(kj::heap<listener<heard>>(domain_, heard_));
  following_ = request.send().wait(scope_).getFollowing();
}

void reader::wait_for(std::string_view value) {
  while (heard_->last != value) {
    auto told = kj::newPromiseAndFulfiller<void>();
    heard_->changed = kj::mv(told.fulfiller);
    auto lost = client_.on_disconnect().then([] {
      kj::throwFatalException(kj::Exception(kj::Exception::Type::DISCONNECTED, __FILE__, __LINE__,
                                            kj::str("the store has ended the connection")));
    });
    told.promise.exclusiveJoin(kj::mv(lost)).wait(scope_);
  }
}

std::string reader::try_to_put(std::string_view key, std::string_view value) {
  // The object is what it is, whatever it is taken for.
  try {
    answered_put(client_.bootstrap<Store>(), key, value).send().wait(scope_);
  } catch (const kj::Exception& e) {
    return std::string(roles::without_origin(e.getDescription().cStr()));
  }
  return {};
}

}  // namespace kvstore

#pragma GCC diagnostic pop
