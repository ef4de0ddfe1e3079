// TLS between two domains: one sends back what it hears; the other makes sure who that is, sends
// each line of the standard input, and prints what comes back. Both are in this program, or each is
// one of its own.

#include <CLI/CLI.hpp>
#include <array>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/io_context.hpp>
#include <asio/read_until.hpp>
#include <asio/ssl.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <v4v/acceptor.hpp>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/open_link.hpp>
#include <v4v/stream.hpp>

#include "contexts.hpp"
#include "fingerprint.hpp"
#include "identity.hpp"
#include "roles/role.hpp"
#include "roles/until_signal.hpp"

namespace {

using asio::awaitable;
using asio::use_awaitable;
constexpr auto no_throw = asio::experimental::as_tuple(use_awaitable);

using stream = asio::ssl::stream<v4v::stream>;

constexpr v4v::port_type port = 5000;

struct options {
  std::string certificate;  // files; empty: made at the start
  std::string key;
  std::string trusted;
  std::string fingerprint;
  std::string name = "echo.v4v.internal";
  bool impostor = false;
};

// In one write: both ends may be speaking.
void say(const std::string& line) { std::cerr << line + '\n'; }

std::string protection_of(stream& s) {
  return std::string(SSL_get_version(s.native_handle())) + ", " +
         SSL_get_cipher_name(s.native_handle());
}

// ---- The service

awaitable<void> serve_one(v4v::stream accepted, asio::ssl::context& context) {
  stream peer(std::move(accepted), context);
  const auto domain = peer.next_layer().remote_endpoint().domain();  // the hypervisor's word
  const auto [refused] = co_await peer.async_handshake(asio::ssl::stream_base::server, no_throw);
  if (refused) {
    say("service: domain " + std::to_string(domain) + " is no client: " + refused.message());
    co_return;
  }
  say("service: domain " + std::to_string(domain) + " has connected, " + protection_of(peer));
  std::array<char, 4096> bytes;
  for (;;) {
    const auto [error, n] = co_await peer.async_read_some(asio::buffer(bytes), no_throw);
    if (error == asio::error::eof) break;  // a whole one: TLS has said so
    if (error) co_return;
    const auto [lost, written] = co_await asio::async_write(peer, asio::buffer(bytes, n), no_throw);
    if (lost) co_return;
  }
  co_await peer.async_shutdown(no_throw);
}

awaitable<void> serve(v4v::acceptor& acceptor, asio::ssl::context& context) {
  for (;;) {
    auto [error, peer] = co_await acceptor.async_accept(no_throw);
    if (error == asio::error::operation_aborted) co_return;  // closed
    if (error) throw std::system_error(error, "accepting a connection");
    asio::co_spawn(acceptor.get_executor(), serve_one(std::move(peer), context), asio::detached);
  }
}

// ---- The client

awaitable<void> call(v4v::guest& guest, v4v::endpoint service, asio::ssl::context& context,
                     const tls::believed& whom) {
  stream s(v4v::stream(guest), context);
  co_await s.next_layer().async_connect(service, use_awaitable);
  co_await tls::make_sure(s, whom);
  say("client: domain " + std::to_string(service.domain()) + " is " +
      (whom.only ? "the one of that fingerprint" : whom.name) + ", " + protection_of(s));

  std::string back;
  for (std::string line; std::getline(std::cin, line);) {
    line += '\n';
    co_await asio::async_write(s, asio::buffer(line), use_awaitable);
    const auto n =
        co_await asio::async_read_until(s, asio::dynamic_buffer(back), '\n', use_awaitable);
    std::cout << back.substr(0, n) << std::flush;
    back.erase(0, n);
  }
  co_await s.async_shutdown(use_awaitable);
}

// ---- The program as one of them, or both

// A coroutine's exception is one of io.run().
void rethrow(const std::exception_ptr& e) {
  if (e) std::rethrow_exception(e);
}

tls::shown shown_by_service(const options& o) {
  tls::shown what{o.certificate, o.key, {}};
  if (o.certificate.empty()) what.made = tls::make_identity(o.name);
  return what;
}

tls::believed believed_by_client(const options& o) {
  tls::believed whom{{}, o.trusted, {}, o.name};
  if (!o.fingerprint.empty()) whom.only = tls::parse_fingerprint(o.fingerprint);
  return whom;
}

void be_service(const options& o) {
  asio::ssl::context context = tls::context_of_service(shown_by_service(o));
  asio::io_context io(1);
  v4v::guest here(io, v4v::open_link());
  v4v::acceptor acceptor(here, port);
  asio::co_spawn(io, serve(acceptor, context), rethrow);
  std::cout << "fingerprint " << tls::text_of(tls::fingerprint_of(context)) << std::endl;
  roles::serve_until_signal(io, here.domain());
}

void be_client(const options& o, const roles::role& role) {
  const tls::believed whom = believed_by_client(o);
  asio::ssl::context context = tls::context_of_client(whom);
  const v4v::endpoint service(role.domain(), port);
  asio::io_context io(1);
  v4v::guest here(io, v4v::open_link());
  asio::co_spawn(io, call(here, service, context, whom), rethrow);
  const std::string where = "domain " + std::to_string(service.domain()) + " port " +
                            std::to_string(service.port()) + ": ";
  try {
    io.run();
  } catch (const std::system_error& e) {
    throw std::runtime_error(where + e.code().message() + role.how_to_start());
  } catch (const std::exception& e) {
    throw std::runtime_error(where + e.what());
  }
}

void be_both(const options& o) {
  tls::shown what = shown_by_service(o);
  tls::believed whom = believed_by_client(o);
  whom.certificate = what.made.certificate;
  // The right name, but nobody whom the client trusts has signed it.
  if (o.impostor) what.made = tls::make_identity(o.name);
  asio::ssl::context serving = tls::context_of_service(what);
  asio::ssl::context calling = tls::context_of_client(whom);

  asio::io_context io(1);
  v4v::hv::embedded hypervisor;
  v4v::guest here(io, v4v::embedded_link(hypervisor, 1));
  v4v::guest there(io, v4v::embedded_link(hypervisor, 2));

  v4v::acceptor acceptor(here, port);
  asio::co_spawn(io, serve(acceptor, serving), rethrow);
  std::exception_ptr failure;
  asio::co_spawn(io, call(there, {here.domain(), port}, calling, whom), [&](std::exception_ptr e) {
    failure = std::move(e);
    acceptor.close();  // nothing waits any more, so run() returns
  });
  io.run();
  rethrow(failure);
}

std::string is_fingerprint(const std::string& text) {
  try {
    tls::parse_fingerprint(text);
    return "";
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "An echo service in one domain and its client in another, with TLS between them. The client\n"
      "makes sure that the service is who it should be, sends each line of the standard input, "
      "and\n"
      "prints what comes back.\n\n"
      "Without options both are in this program, and are given a certificate that is made at the\n"
      "start. In two virtual machines, of which the first is domain 3:\n"
      "  tls --serve                            makes one, too, and prints its fingerprint\n"
      "  tls --connect 3 --fingerprint AB:...   talks to nobody else");
  options o;
  roles::role role(app, "tls --serve");
  auto* certificate =
      app.add_option("--certificate", o.certificate,
                     "The service's certificate, and those between it and its root (PEM)");
  auto* key = app.add_option("--key", o.key, "The private key of --certificate (PEM)");
  auto* trusted =
      app.add_option("--trust", o.trusted, "The certificates that the client trusts (PEM)");
  auto* name =
      app.add_option("--name", o.name, "The name that the service's certificate has, or must have")
          ->capture_default_str()
          ->check([](const std::string& text) { return text.empty() ? "it is empty" : ""; });
  auto* fingerprint =
      app.add_option("--fingerprint", o.fingerprint,
                     "The SHA-256 of the one certificate that the client trusts, whatever its name")
          ->type_name("HEX")
          ->check(is_fingerprint)
          ->excludes(role.serve())
          ->excludes(trusted)
          ->excludes(name);
  auto* impostor = app.add_flag("--impostor", o.impostor,
                                "Let the service have a certificate that it signed itself");
  certificate->needs(key)->excludes(role.connect());
  key->needs(certificate);
  trusted->excludes(role.serve());
  impostor->excludes(certificate)->excludes(role.serve())->excludes(role.connect());
  for (auto* option : {certificate, key, trusted})
    option->check(CLI::ExistingFile.description(""))->type_name("FILE");
  app.final_callback([&] {
    const bool trusts = trusted->count() + fingerprint->count() > 0;
    if (role.connects() && !trusts)
      throw CLI::RequiredError("Whom to trust, --fingerprint or --trust,");
    // The client of the same program trusts what is made for the service, and no file that it
    // shows.
    if (!role.serves() && certificate->count() > 0 && !trusts)
      throw CLI::RequiresError("--certificate", "--trust");
  });
  CLI11_PARSE(app, argc, argv);

  try {
    if (role.serves())
      be_service(o);
    else if (role.connects())
      be_client(o, role);
    else
      be_both(o);
    return 0;
  } catch (const std::exception& e) {
    say("tls: " + std::string(e.what()));
    return 1;
  }
}
