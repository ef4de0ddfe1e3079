#include "v4v/rpc/server.hpp"

#include <kj/debug.h>

#include <exception>
#include <system_error>
#include <utility>

#include "connection.hpp"
#include "v4v/acceptor.hpp"
#include "v4v/rpc/error.hpp"
#include "v4v/rpc/use_promise.hpp"

namespace v4v::rpc {
namespace {

v4v::acceptor listen(event_loop& loop, v4v::guest& guest, port_type port) {
  require_one_context(loop, guest);
  try {
    return {guest, port};
  } catch (const std::exception&) {
    const auto port_name = kj::str("v4v domain ", guest.domain(), " port ", port);
    kj::throwFatalException(from_peer(port_name, to_exception(std::current_exception())));
  }
}

}  // namespace

class server::impl final : private kj::TaskSet::ErrorHandler {
 public:
  impl(event_loop& loop, v4v::guest& guest, port_type port, bootstrap_function bootstrap)
      : loop_{loop},
        bootstrap_{kj::mv(bootstrap)},
        acceptor_{listen(loop, guest, port)},
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
      KJ_IF_MAYBE (exception, kj::runCatchingExceptions([&] { serve(std::move(stream)); })) {
        taskFailed(kj::mv(*exception));
      }
      return accept();
    });
  }

  void serve(v4v::stream&& stream) {
    std::error_code gone;
    const auto remote = stream.remote_endpoint(gone);
    if (gone) return;

    auto served = kj::heap<connection>(loop_, std::move(stream), remote, bootstrap_for(remote));
    auto ended = served->on_disconnect();
    ++count_;
    connections_.add(ended.attach(kj::defer([this] { --count_; }), kj::mv(served)));
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
  bootstrap_function bootstrap_;
  v4v::acceptor acceptor_;
  std::size_t count_ = 0;
  kj::TaskSet connections_;
  kj::Canceler canceler_;
  kj::ForkedPromise<void> failure_;
  kj::Promise<void> accepting_ = nullptr;
};

server::server(event_loop& loop, v4v::guest& guest, port_type port, bootstrap_function bootstrap)
    : impl_{std::make_unique<impl>(loop, guest, port, kj::mv(bootstrap))} {}

server::~server() = default;

std::size_t server::connections() const noexcept { return impl_->connections(); }

kj::Promise<void> server::on_failure() { return impl_->on_failure(); }

}  // namespace v4v::rpc
