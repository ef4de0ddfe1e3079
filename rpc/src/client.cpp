#include "v4v/rpc/client.hpp"

#include <capnp/rpc.capnp.h>
#include <kj/debug.h>

#include <optional>
#include <utility>

#include "back_off_sequence.hpp"
#include "bootstrap_client.hpp"
#include "connection.hpp"
#include "intercepted.hpp"
#include "v4v/rpc/detail/message_filter.hpp"
#include "v4v/rpc/error.hpp"
#include "v4v/rpc/use_promise.hpp"
#include "v4v/stream.hpp"

namespace v4v::rpc {

class client::impl final : private detail::message_filter {
 public:
  impl(event_loop& loop, v4v::guest& guest, const v4v::endpoint& service,
       const client_options& options)
      : loop_{loop},
        guest_{guest},
        service_{service},
        options_{options},
        state_{kj::refcounted<service_state>(name_of(service))} {
    require_one_context(loop, guest);
    if (options.reconnect) back_off_.emplace(*options.reconnect);
    bootstrap_ = kj::refcounted<bootstrap_client>(wait_for_connection());
    running_ = keep_connected().eagerlyEvaluate([](kj::Exception&&) {});  // calls report it
  }

  ~impl() {
    running_ = nullptr;
    answered_ = nullptr;
    connection_ = nullptr;
    give_up(named(KJ_EXCEPTION(DISCONNECTED, "the client was destroyed")));
  }

  capnp::Capability::Client bootstrap(kj::Maybe<capnp::InterfaceSchema> interface) {
    std::optional<interception::deadline> deadline;
    if (options_.deadline)
      deadline.emplace(interception::deadline{loop_.timer(), *options_.deadline});
    return capnp::Capability::Client{
        intercept(kj::addRef(*bootstrap_),
                  kj::refcounted<interception>(kj::addRef(*state_), kj::mv(interface), deadline))};
  }

  [[nodiscard]] kj::Promise<void> on_disconnect() { return ended_.addBranch(); }
  [[nodiscard]] std::uint64_t connections() const noexcept { return connections_; }
  [[nodiscard]] message_counts counts() const noexcept {
    message_counts all = counts_;
    if (connection_) all += connection_->counts();
    return all;
  }

 private:
  // A connection, from the attempt to make it to its end, and all that come after it.
  kj::Promise<void> keep_connected() {
    return connect()
        .then([this] { return connection_->on_disconnect(); })
        .then([this] { return closed(); }, [this](kj::Exception&& e) { return failed(kj::mv(e)); });
  }

  kj::Promise<void> connect() {
    connecting_.emplace(guest_, options_.stream);
    return connecting_->async_connect(service_, use_promise).then([this] {
      connection_ = std::make_unique<connection>(
          loop_, std::move(*connecting_), service_,
          connection_limits{options_.message_words, options_.flow_limit},
          static_cast<detail::message_filter&>(*this));
      ++connections_;
      state_->abort = nullptr;
      state_->not_connected = nullptr;
      auto bootstrap = capnp::ClientHook::from(connection_->bootstrap());
      answered_ = bootstrap->whenResolved()
                      .then([this] {
                        if (back_off_) back_off_->reset();
                      })
                      .attach(bootstrap->addRef())  // which may be let go of before
                      .eagerlyEvaluate([](kj::Exception&&) {});
      waiting_->fulfill(kj::mv(bootstrap));
    });
  }

  // With the connection goes its ring.
  kj::Promise<void> closed() {
    lost();
    answered_ = nullptr;
    counts_ += connection_->counts();
    connection_ = nullptr;
    ended_fulfiller_->fulfill();
    if (back_off_) {
      ended_ = new_end();
      return connect_later();
    }
    give_up(named(KJ_EXCEPTION(DISCONNECTED, "the connection was closed")));
    return kj::READY_NOW;
  }

  kj::Promise<void> failed(kj::Exception&& e) {
    auto why = named(kj::mv(e));
    if (back_off_) {
      state_->not_connected = kj::mv(why);
      return connect_later();
    }
    give_up(kj::mv(why));
    return kj::READY_NOW;
  }

  kj::Promise<void> connect_later() {
    return loop_.timer().afterDelay(back_off_->next().count() * kj::NANOSECONDS).then([this] {
      return keep_connected();
    });
  }

  // Before calls in flight fail, so that those who make them again at once wait for the next
  // connection.
  void lost() {
    if (!back_off_ || waiting_->isWaiting()) return;
    state_->not_connected = named(KJ_EXCEPTION(DISCONNECTED, "the connection was closed"));
    bootstrap_->redirect(wait_for_connection());
  }

  void give_up(kj::Exception&& why) {
    bootstrap_->redirect(capnp::newBrokenCap(kj::Exception{why}));
    waiting_->reject(kj::Exception{why});
    ended_fulfiller_->reject(kj::mv(why));
  }

  kj::Own<capnp::ClientHook> wait_for_connection() {
    auto connected = kj::newPromiseAndFulfiller<kj::Own<capnp::ClientHook>>();
    waiting_ = kj::mv(connected.fulfiller);
    return capnp::newLocalPromiseClient(kj::mv(connected.promise));
  }

  kj::ForkedPromise<void> new_end() {
    auto ended = kj::newPromiseAndFulfiller<void>();
    ended_fulfiller_ = kj::mv(ended.fulfiller);
    return ended.promise.fork();
  }

  [[nodiscard]] kj::Exception named(kj::Exception&& e) const {
    return from_peer(state_->name, kj::mv(e));
  }

  bool arriving(capnp::MessageReader& reader) override {
    const auto message = reader.getRoot<capnp::rpc::Message>();
    if (message.isAbort()) aborted(message.getAbort());
    return true;
  }

  void aborted(capnp::rpc::Exception::Reader why) {
    if (why.getType() == capnp::rpc::Exception::Type::OVERLOADED) {
      state_->abort = KJ_EXCEPTION(OVERLOADED, kj::str(why.getReason()));
    }
    lost();
  }

  void ending() override { lost(); }

  event_loop& loop_;
  v4v::guest& guest_;
  const v4v::endpoint service_;
  const client_options options_;
  kj::Own<service_state> state_;
  std::optional<back_off_sequence> back_off_;  // if it connects again
  std::uint64_t connections_ = 0;
  message_counts counts_;  // of those before the present one

  kj::Own<bootstrap_client> bootstrap_;
  kj::Own<kj::PromiseFulfiller<kj::Own<capnp::ClientHook>>> waiting_;  // calls, for a connection
  kj::Own<kj::PromiseFulfiller<void>> ended_fulfiller_;
  kj::ForkedPromise<void> ended_ = new_end();

  std::optional<v4v::stream> connecting_;   // until it is connected
  std::unique_ptr<connection> connection_;  // while it lasts
  kj::Promise<void> answered_ = nullptr;    // by that
  kj::Promise<void> running_ = nullptr;
};

client::client(event_loop& loop, v4v::guest& guest, const v4v::endpoint& service,
               client_options options)
    : impl_{std::make_unique<impl>(loop, guest, service, options)} {}

client::~client() = default;

capnp::Capability::Client client::bootstrap_as(kj::Maybe<capnp::InterfaceSchema> interface) {
  return impl_->bootstrap(kj::mv(interface));
}

kj::Promise<void> client::on_disconnect() { return impl_->on_disconnect(); }

std::uint64_t client::connections() const noexcept { return impl_->connections(); }

message_counts client::counts() const noexcept { return impl_->counts(); }

}  // namespace v4v::rpc
