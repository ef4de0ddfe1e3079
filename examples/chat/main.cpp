// A chat room, and those who chat in it: all in this program, or each in a domain of its own.

#include <CLI/CLI.hpp>
#include <cstddef>
#include <deque>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/open_link.hpp>

#include "client.hpp"
#include "condition.hpp"
#include "conversation.hpp"
#include "input_lines.hpp"
#include "protocol.hpp"
#include "roles/role.hpp"
#include "roles/until_signal.hpp"
#include "script.hpp"
#include "server.hpp"

namespace {

// A coroutine's exception is one of io.run().
void rethrow(const std::exception_ptr& e) {
  if (e) std::rethrow_exception(e);
}

void be_server(std::size_t queue) {
  asio::io_context io(1);
  v4v::guest here(io, v4v::open_link());
  chat::server server(here, queue);
  asio::co_spawn(io, server.run(), rethrow);
  roles::serve_until_signal(io, here.domain());
}

void be_client(const roles::role& role) {
  const v4v::endpoint service(role.domain(), chat::service_port);
  asio::io_context io(1);
  chat::condition changed(io.get_executor());
  chat::client client(io, v4v::open_link(), service, changed);
  chat::input_lines in(io.get_executor(), chat::input_lines::standard_input());
  asio::co_spawn(io, chat::converse(client, changed, in), rethrow);
  try {
    io.run();
  } catch (const std::exception& e) {
    const auto* const failed = dynamic_cast<const std::system_error*>(&e);
    throw std::runtime_error(
        "domain " + std::to_string(service.domain()) + " port " + std::to_string(service.port()) +
        ": " + (failed != nullptr ? failed->code().message() : e.what()) + role.how_to_start());
  }
}

void be_all(std::size_t how_many, std::size_t queue) {
  asio::io_context io(1);
  v4v::hv::embedded hypervisor;
  // All domains are in one thread: a guest that looks for events would only keep the others from
  // sending them.
  const v4v::guest_options sleeping{v4v::busy_poll::off()};
  const v4v::endpoint service(1, chat::service_port);
  v4v::guest here(io, v4v::embedded_link(hypervisor, service.domain()), sleeping);
  chat::server server(here, queue);

  chat::condition changed(io.get_executor());
  std::deque<chat::client> clients;
  for (std::size_t i = 0; i < how_many; ++i) {
    auto link = v4v::embedded_link(hypervisor, static_cast<v4v::domain_type>(2 + i));
    clients.emplace_back(io, std::move(link), service, changed, sleeping);
  }

  asio::co_spawn(io, server.run(), rethrow);
  std::exception_ptr failure;
  asio::co_spawn(io, chat::play(std::cin, clients, changed), [&](std::exception_ptr e) {
    failure = std::move(e);
    for (chat::client& c : clients)
      c.close();
    server.close();
  });
  io.run();  // returns when nobody waits for anything
  rethrow(failure);
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
      "What domain 3 reads is printed as \"[3] 2: hello\".\n\n"
      "In several virtual machines, of which the first is domain 3:\n"
      "  chat --serve\n"
      "  chat --connect 3     says each line of the standard input as it is, and leaves when that "
      "ends");
  std::size_t clients = 3;
  std::size_t queue = 64;
  roles::role role(app, "chat --serve");
  app.add_option("--clients", clients, "How many domains chat")
      ->capture_default_str()
      ->check(CLI::Range(1, 100))
      ->excludes(role.serve())
      ->excludes(role.connect());
  app.add_option("--queue", queue, "How many lines a client may be behind before it is dropped")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000))
      ->excludes(role.connect());
  CLI11_PARSE(app, argc, argv);

  try {
    if (role.serves())
      be_server(queue);
    else if (role.connects())
      be_client(role);
    else
      be_all(clients, queue);
    return 0;
  } catch (const std::exception& e) {
    std::cout.flush();
    std::cerr << std::string("chat: ") + e.what() + '\n';  // one write: both ends may be speaking
    return 1;
  }
}
