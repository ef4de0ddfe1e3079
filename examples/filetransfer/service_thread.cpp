#include "service_thread.hpp"

#include <future>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/server.hpp>

#include "service.hpp"

namespace filetransfer {

service_thread::service_thread(v4v::hv::embedded& hypervisor, const std::string& folder) {
  std::promise<void> serving;
  auto ready = serving.get_future();
  thread_ = std::thread([this, &hypervisor, &folder, &serving] {
    // The loop belongs to the thread that makes it, and so does all that is built on it.
    try {
      v4v::rpc::event_loop loop(io_);
      v4v::guest guest(io_, v4v::embedded_link(hypervisor, service_domain));
      file_services services(folder);
      v4v::rpc::server server(loop, guest, service_port, [&](const v4v::rpc::peer& peer) {
        return services.for_domain(peer.domain);
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

service_thread::~service_thread() {
  io_.stop();
  thread_.join();
}

}  // namespace filetransfer
