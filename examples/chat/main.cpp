// A chat room in domain 1, and those who chat in domains 2, 3, ..., on a hypervisor in this
// program.

#include <CLI/CLI.hpp>
#include <cstddef>
#include <deque>
#include <exception>
#include <iostream>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>

#include "client.hpp"
#include "condition.hpp"
#include "protocol.hpp"
#include "script.hpp"
#include "server.hpp"

namespace {

void run(std::size_t how_many, std::size_t queue) {
  asio::io_context io(1);
  v4v::hv::embedded hypervisor;
  v4v::guest here(io, v4v::embedded_link(hypervisor, chat::service.domain()),
                  {v4v::busy_poll::off()});
  chat::server server(here, queue);

  chat::condition changed(io.get_executor());
  std::deque<chat::client> clients;
  for (std::size_t i = 0; i < how_many; ++i)
    clients.emplace_back(io, hypervisor, static_cast<v4v::domain_type>(2 + i), changed);

  asio::co_spawn(io, server.run(), asio::detached);
  std::exception_ptr failure;
  asio::co_spawn(io, chat::play(std::cin, clients, changed), [&](std::exception_ptr e) {
    failure = std::move(e);
    for (chat::client& c : clients)
      c.close();
    server.close();
  });
  io.run();  // returns when nobody waits for anything
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "A chat room in domain 1, and someone who chats in each of the domains 2, 3, ... All of "
      "them\n"
      "are in this program, which is their hypervisor, too.\n\n"
      "Each line of the standard input is a domain and what it says:\n"
      "  2: hello      domain 2 says hello; all others read \"2: hello\"\n"
      "  3: /sleep     domain 3 does not read any more; it is dropped once it is too far behind\n"
      "  3: /wake      it reads again\n"
      "  2: /quit      domain 2 leaves\n"
      "What domain 3 reads is printed as \"[3] 2: hello\".");
  std::size_t clients = 3;
  std::size_t queue = 64;
  app.add_option("--clients", clients, "How many domains chat")
      ->capture_default_str()
      ->check(CLI::Range(1, 100));
  app.add_option("--queue", queue, "How many lines a client may be behind before it is dropped")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  CLI11_PARSE(app, argc, argv);

  try {
    run(clients, queue);
    return 0;
  } catch (const std::exception& e) {
    std::cout.flush();
    std::cerr << "chat: " << e.what() << '\n';
    return 1;
  }
}
