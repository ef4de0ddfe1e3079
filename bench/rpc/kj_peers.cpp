#include "kj_peers.hpp"

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>
#include <kj/io.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "capnp_caller.hpp"
#include "capnp_service.hpp"
#include "measure/two_threads.hpp"

namespace v4v::bench {
namespace {

kj::Own<kj::AsyncIoStream> stream_of(kj::AsyncIoContext& io, kj::AutoCloseFd& socket) {
  return io.lowLevelProvider->wrapSocketFd(socket.release(),
                                           kj::LowLevelAsyncIoProvider::TAKE_OWNERSHIP);
}

}  // namespace

void kj_peer::with_caller(const std::function<void(caller&)>& measure) {
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    throw std::system_error(errno, std::system_category(), "socketpair");
  kj::AutoCloseFd here{sockets[0]};
  kj::AutoCloseFd there{sockets[1]};
  const auto serve = [&] {
    auto io = kj::setupAsyncIo();
    auto stream = stream_of(io, here);
    capnp::TwoPartyServer server{kj::heap<capnp_service>(payload_)};
    server.accept(*stream).wait(io.waitScope);
  };
  const auto call = [&] {
    auto io = kj::setupAsyncIo();
    auto stream = stream_of(io, there);
    capnp::TwoPartyClient client{*stream};
    capnp_caller calls{client.bootstrap().castAs<Bench>(), io.waitScope, payload_};
    measure(calls);
  };
  on_two_threads(serve, call);
}

void pipe_peer::with_caller(const std::function<void(caller&)>& measure) {
  kj::EventLoop loop;
  kj::WaitScope scope{loop};
  auto pipe = kj::newTwoWayPipe();
  capnp::TwoPartyServer server{kj::heap<capnp_service>(payload_)};
  server.accept(kj::mv(pipe.ends[0]));
  capnp::TwoPartyClient client{*pipe.ends[1]};
  capnp_caller calls{client.bootstrap().castAs<Bench>(), scope, payload_};
  measure(calls);
}

}  // namespace v4v::bench
