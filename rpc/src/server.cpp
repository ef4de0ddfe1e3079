#include "v4v/rpc/server.hpp"

#include <capnp/serialize.h>
#include <kj/debug.h>

#include <asio/buffer.hpp>
#include <exception>
#include <map>
#include <system_error>
#include <utility>

#include "connection.hpp"
#include "farewells.hpp"
#include "protocol_messages.hpp"
#include "v4v/acceptor.hpp"
#include "v4v/rpc/error.hpp"
#include "v4v/rpc/use_promise.hpp"

namespace v4v::rpc {
namespace {

v4v::acceptor listen(event_loop& loop, v4v::guest& guest, port_type port,
                     const acceptor_options& options) {
  require_one_context(loop, guest);
  try {
    return {guest, port, options};
  } catch (const std::exception&) {
    const auto port_name = kj::str("v4v domain ", guest.domain(), " port ", port);
    kj::throwFatalException(from_peer(port_name, to_exception(std::current_exception())));
  }
}

// Best effort: a peer that leaves no room for the reason gets none, and nobody waits for it.
void send_at_once(v4v::stream& stream, capnp::MessageBuilder& message) {
  const auto words = capnp::messageToFlatArray(message);
  std::error_code ignored;
  stream.non_blocking(true);
  stream.write_some(asio::buffer(words.begin(), words.asBytes().size()), ignored);
}

}  // namespace

class server::impl final : private kj::TaskSet::ErrorHandler {
 public:
  impl(event_loop& loop, v4v::guest& guest, port_type port, bootstrap_function bootstrap,
       const server_options& options)
      : loop_{loop},
        options_{options},
        bootstrap_{kj::mv(bootstrap)},
        acceptor_{listen(loop, guest, port, options.acceptor)},
        connections_{*this},
        failure_{canceler_.wrap(accept()).fork()} {
    // Somebody must ask for the result, or nothing is accepted.
    accepting_ = failure_.addBranch().eagerlyEvaluate(
        [](kj::Exception&& e) { KJ_LOG(ERROR, "an RPC server accepts no more connections", e); });
  }

  // A branch of failure_ that somebody keeps must not come back to accept().
  ~impl() { canceler_.cancel("the RPC server was destroyed"); }

  [[nodiscard]] std::size_t connections() const noexcept { return count_; }
  [[nodiscard]] kj::Promise<void> on_failure() { return failure_.addBranch(); }

 private:
  kj::Promise<void> accept() {
    return acceptor_.async_accept(use_promise).then([this](v4v::stream&& stream) {
      KJ_IF_MAYBE (exception, kj::runCatchingExceptions([&] { admit(std::move(stream)); })) {
        taskFailed(kj::mv(*exception));
      }
      return accept();
    });
  }

  void admit(v4v::stream&& stream) {
    std::error_code gone;
    const auto remote = stream.remote_endpoint(gone);
    if (gone) return;
    KJ_IF_MAYBE (limit, limit_reached(remote.domain())) {
      send_at_once(stream, *abort_message(*limit));
      farewells_.add(remote.domain(), std::move(stream));
    } else {
      serve(std::move(stream), remote);
    }
  }

  kj::Maybe<kj::Exception> limit_reached(domain_type domain) {
    if (count_ >= options_.connections) {
      return KJ_EXCEPTION(OVERLOADED, kj::str("the service has all the connections that it takes (",
                                              options_.connections, ")"));
    }
    const auto of_domain = of_domain_.find(domain);
    const std::size_t has = of_domain == of_domain_.end() ? 0 : of_domain->second;
    if (has >= options_.connections_per_domain) {
      return KJ_EXCEPTION(OVERLOADED,
                          kj::str("domain ", domain, " has all the connections that it may have (",
                                  options_.connections_per_domain, ")"));
    }
    return nullptr;
  }

  void serve(v4v::stream&& stream, const v4v::endpoint& remote) {
    auto served =
        kj::heap<connection>(loop_, std::move(stream), remote,
                             connection_limits{options_.message_words, options_.flow_limit},
                             options_.calls_in_flight, bootstrap_for(remote));
    auto ended = served->on_disconnect().then([this, remote, &connection = *served] {
      farewells_.add(remote.domain(), connection.release());
    });
    ++count_;
    ++of_domain_[remote.domain()];
    connections_.add(ended.attach(kj::defer([this, domain = remote.domain()] { left(domain); }),
                                  kj::mv(served)));
  }

  void left(domain_type domain) {
    --count_;
    const auto of_domain = of_domain_.find(domain);
    if (--of_domain->second == 0) of_domain_.erase(of_domain);
  }

  capnp::Capability::Client bootstrap_for(const v4v::endpoint& remote) {
    try {
      return bootstrap_(peer{remote.domain(), remote});
    } catch (...) {
      return to_exception(std::current_exception());
    }
  }

  void taskFailed(kj::Exception&& exception) override {
    KJ_LOG(INFO, "a connection of an RPC server failed", exception);
  }

  event_loop& loop_;
  const server_options options_;
  bootstrap_function bootstrap_;
  v4v::acceptor acceptor_;
  std::size_t count_ = 0;
  std::map<domain_type, std::size_t> of_domain_;  // the same, apart
  farewells farewells_;
  kj::TaskSet connections_;
  kj::Canceler canceler_;
  kj::ForkedPromise<void> failure_;
  kj::Promise<void> accepting_ = nullptr;
};

server::server(event_loop& loop, v4v::guest& guest, port_type port, bootstrap_function bootstrap,
               server_options options)
    : impl_{std::make_unique<impl>(loop, guest, port, kj::mv(bootstrap), options)} {}

server::~server() = default;

std::size_t server::connections() const noexcept { return impl_->connections(); }

kj::Promise<void> server::on_failure() { return impl_->on_failure(); }

}  // namespace v4v::rpc
