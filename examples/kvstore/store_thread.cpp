#include "store_thread.hpp"

#include <utility>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/server.hpp>

#include "store.hpp"

namespace kvstore {

store_thread::store_thread(v4v::hv::embedded& hypervisor, access allowed) {
  std::promise<void> serving;
  auto ready = serving.get_future();
  thread_ = std::thread([this, &hypervisor, &serving, allowed = std::move(allowed)] {
    // The loop belongs to the thread that makes it, and so does all that is built on it.
    try {
      v4v::rpc::event_loop loop(io_);
      v4v::guest guest(io_, v4v::embedded_link(hypervisor, store_domain));
      store kept = make_store();
      // The peer's domain is the hypervisor's word: access control is which object it is handed.
      v4v::rpc::server server(loop, guest, store_port, [&](const v4v::rpc::peer& peer) {
        return hand_out(kept, allowed, peer.domain);
      });
      serving.set_value();
      io_.run();
    } catch (...) {
      serving.set_exception(std::current_exception());
    }
  });
  try {
    ready.get();
  } catch (...) {
    thread_.join();
    throw;
  }
}

store_thread::~store_thread() {
  io_.stop();
  thread_.join();
}

}  // namespace kvstore
