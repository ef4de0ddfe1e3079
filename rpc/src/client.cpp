#include "v4v/rpc/client.hpp"

#include <kj/debug.h>

#include <utility>

#include "connection.hpp"
#include "v4v/rpc/error.hpp"
#include "v4v/rpc/use_promise.hpp"
#include "v4v/stream.hpp"

namespace v4v::rpc {

namespace {

v4v::guest& in_context(event_loop& loop, v4v::guest& guest) {
  require_one_context(loop, guest);
  return guest;
}

}  // namespace

class client::impl {
 public:
  impl(event_loop& loop, v4v::guest& guest, const v4v::endpoint& service)
      : loop_{loop},
        service_{service},
        connecting_{in_context(loop, guest)},
        connected_{connect().fork()} {
    ended_ = until_canceled(connected_.addBranch().then([this] { return run(); })).fork();
    running_ = ended_.addBranch().eagerlyEvaluate([](kj::Exception&&) {});  // calls report it
  }

  ~impl() { canceler_.cancel(ended("the client was destroyed")); }

  capnp::Capability::Client bootstrap() {
    return until_canceled(connected_.addBranch().then([this]() -> capnp::Capability::Client {
      if (connection_) return connection_->bootstrap();
      return ended("the connection was closed");
    }));
  }

  kj::Promise<void> on_disconnect() { return ended_.addBranch(); }

 private:
  kj::Promise<void> connect() {
    return until_canceled(
        connecting_.async_connect(service_, use_promise)
            .then(
                [this] {
                  connection_ =
                      std::make_unique<connection>(loop_, std::move(connecting_), service_);
                },
                [this](kj::Exception&& e) {
                  kj::throwFatalException(from_peer(name_of(service_), kj::mv(e)));
                }));
  }

  // As long as there is a connection; with it goes its ring.
  kj::Promise<void> run() {
    return connection_->on_disconnect().then([this] { connection_ = nullptr; });
  }

  // Forks outlive whoever made them, as long as somebody holds a branch: without this they would
  // come back to a client that is gone.
  template <class T>
  kj::Promise<T> until_canceled(kj::Promise<T>&& promise) {
    return canceler_.wrap(kj::mv(promise));
  }

  [[nodiscard]] kj::Exception ended(kj::StringPtr why) const {
    return from_peer(name_of(service_), KJ_EXCEPTION(DISCONNECTED, kj::str(why)));
  }

  event_loop& loop_;
  const v4v::endpoint service_;
  kj::Canceler canceler_;
  v4v::stream connecting_;                  // until it is connected
  std::unique_ptr<connection> connection_;  // while it lasts
  kj::ForkedPromise<void> connected_;
  kj::ForkedPromise<void> ended_ = nullptr;
  kj::Promise<void> running_ = nullptr;
};

client::client(event_loop& loop, v4v::guest& guest, const v4v::endpoint& service)
    : impl_{std::make_unique<impl>(loop, guest, service)} {}

client::~client() = default;

capnp::Capability::Client client::bootstrap() { return impl_->bootstrap(); }

kj::Promise<void> client::on_disconnect() { return impl_->on_disconnect(); }

}  // namespace v4v::rpc
