#include <grpc/grpc.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>

#include "grpc_caller.hpp"
#include "grpc_server.hpp"
#include "measure/pinning.hpp"
#include "measure/two_threads.hpp"

namespace v4v::bench {
namespace {

// An abstract one: no file that stays.
std::string new_address() {
  static std::atomic<int> number{0};
  return "unix-abstract:v4v-bench-" + std::to_string(::getpid()) + '-' + std::to_string(++number);
}

std::shared_ptr<grpc::Channel> connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  auto channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds{30}))
    throw std::runtime_error("gRPC: cannot connect to " + address);
  return channel;
}

class grpc_peer final : public peer {
 public:
  grpc_peer(grpc_wait wait, const payload& of_run) : wait_(wait), payload_(of_run) {}

  void with_caller(const std::function<void(caller&)>& measure) override {
    const std::string address = new_address();
    std::promise<grpc_server*> listening;
    const auto serve = [&] {
      std::unique_ptr<grpc_server> server;
      try {
        unpin_this_thread();  // or gRPC's own threads would be bound where this one is
        server = std::make_unique<grpc_server>(address, wait_, payload_);
      } catch (...) {
        return listening.set_exception(std::current_exception());
      }
      pin_near_thread();
      listening.set_value(server.get());
      server->run();
    };
    const auto call = [&] {
      const stop_at_end server{listening.get_future().get()};
      grpc_caller calls{connect(address), wait_, payload_};
      measure(calls);
    };
    on_two_threads(serve, call);
  }

 private:
  struct stop_at_end {
    grpc_server* server;
    ~stop_at_end() { server->stop(); }
  };

  const grpc_wait wait_;
  const payload& payload_;
};

}  // namespace

std::string grpc_version() { return grpc::Version(); }

void begin_grpc() { ::grpc_init(); }

std::shared_ptr<peer> make_grpc_peer(grpc_wait wait, const payload& of_run) {
  return std::make_shared<grpc_peer>(wait, of_run);
}

}  // namespace v4v::bench
