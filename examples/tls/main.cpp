// TLS between two domains: domain 1 sends back what it hears, domain 2 makes sure who domain 1 is,
// sends each line of the standard input, and prints what comes back.

#include <CLI/CLI.hpp>
#include <array>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
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
#include <v4v/stream.hpp>

#include "identity.hpp"
#include "openssl.hpp"

namespace {

using asio::awaitable;
using asio::use_awaitable;
constexpr auto no_throw = asio::experimental::as_tuple(use_awaitable);

using stream = asio::ssl::stream<v4v::stream>;

constexpr v4v::endpoint service{1, 5000};

struct options {
  std::string certificate;  // files; empty: made at the start
  std::string key;
  std::string trusted;
  std::string name = "echo.v4v.internal";
  bool impostor = false;
};

// ---- What each side needs to know before it talks to anybody.

struct contexts {
  asio::ssl::context serving{asio::ssl::context::tls_server};
  asio::ssl::context calling{asio::ssl::context::tls_client};
};

// asio's messages for files do not say which.
template <class F>
void with_file(const std::string& file, F use) {
  try {
    use(file);
  } catch (const std::system_error& e) {
    throw std::runtime_error(file + ": " + e.code().message());
  }
}

void prepare(contexts& c, const options& o) {
  const tls::identity made = tls::make_identity(o.name);
  if (o.impostor) {  // the right name, but nobody whom the client trusts has signed it
    const tls::identity other = tls::make_identity(o.name);
    c.serving.use_certificate_chain(asio::buffer(other.certificate));
    c.serving.use_private_key(asio::buffer(other.key), asio::ssl::context::pem);
  } else if (o.certificate.empty()) {
    c.serving.use_certificate_chain(asio::buffer(made.certificate));
    c.serving.use_private_key(asio::buffer(made.key), asio::ssl::context::pem);
  } else {
    with_file(o.certificate, [&](auto& file) { c.serving.use_certificate_chain_file(file); });
    with_file(o.key,
              [&](auto& file) { c.serving.use_private_key_file(file, asio::ssl::context::pem); });
  }

  if (o.trusted.empty()) {
    c.calling.add_certificate_authority(asio::buffer(made.certificate));
  } else {
    with_file(o.trusted, [&](auto& file) { c.calling.load_verify_file(file); });
  }
  c.calling.set_verify_mode(asio::ssl::verify_peer);
}

std::string protection_of(stream& s) {
  return std::string(SSL_get_version(s.native_handle())) + ", " +
         SSL_get_cipher_name(s.native_handle());
}

// ---- Domain 1

awaitable<void> serve_one(v4v::stream accepted, asio::ssl::context& context) {
  stream peer(std::move(accepted), context);
  const auto domain = peer.next_layer().remote_endpoint().domain();  // the hypervisor's word
  const auto [refused] = co_await peer.async_handshake(asio::ssl::stream_base::server, no_throw);
  if (refused) {
    std::cerr << "service: domain " << domain << " is no client: " << refused.message() << '\n';
    co_return;
  }
  std::cerr << "service: domain " << domain << " has connected, " << protection_of(peer) << '\n';
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
    if (error) co_return;  // closed
    asio::co_spawn(acceptor.get_executor(), serve_one(std::move(peer), context), asio::detached);
  }
}

// ---- Domain 2

// Why, in OpenSSL's words: "certificate verify failed" has many reasons.
[[noreturn]] void fail_to_connect(stream& s, const std::error_code& error) {
  std::string why = error.message();
  if (const long result = SSL_get_verify_result(s.native_handle()); result != X509_V_OK)
    why += std::string(": ") + X509_verify_cert_error_string(result);
  throw std::runtime_error("the service is not who it should be: " + why);
}

awaitable<void> call(v4v::guest& guest, asio::ssl::context& context, const options& o) {
  stream s(v4v::stream(guest), context);
  // The name that the certificate must have, and, for a service that has several, which is wanted.
  tls::required(SSL_set1_host(s.native_handle(), o.name.c_str()), "the service's name");
  tls::required(SSL_set_tlsext_host_name(s.native_handle(), o.name.c_str()), "the service's name");
  co_await s.next_layer().async_connect(service, use_awaitable);
  const auto [error] = co_await s.async_handshake(asio::ssl::stream_base::client, no_throw);
  if (error) fail_to_connect(s, error);
  std::cerr << "client: domain " << s.next_layer().remote_endpoint().domain() << " is " << o.name
            << ", " << protection_of(s) << '\n';

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

void run(const options& o) {
  contexts tls;
  prepare(tls, o);

  asio::io_context io(1);
  v4v::hv::embedded hypervisor;
  v4v::guest here(io, v4v::embedded_link(hypervisor, service.domain()));
  v4v::guest there(io, v4v::embedded_link(hypervisor, 2));

  v4v::acceptor acceptor(here, service.port());
  asio::co_spawn(io, serve(acceptor, tls.serving), asio::detached);
  std::exception_ptr failure;
  asio::co_spawn(io, call(there, tls.calling, o), [&](std::exception_ptr e) {
    failure = std::move(e);
    acceptor.close();  // nothing waits any more, so run() returns
  });
  io.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "An echo service in domain 1 and its client in domain 2, with TLS between them. The client\n"
      "makes sure that the service is who it should be, sends each line of the standard input, "
      "and\n"
      "prints what comes back.\n\n"
      "Without options both are given a certificate that is made at the start.");
  options o;
  auto* certificate =
      app.add_option("--certificate", o.certificate,
                     "The service's certificate, and those between it and its root (PEM)");
  auto* key = app.add_option("--key", o.key, "The private key of --certificate (PEM)");
  auto* trusted =
      app.add_option("--trust", o.trusted, "The certificates that the client trusts (PEM)");
  app.add_option("--name", o.name, "The name that the service's certificate must have")
      ->capture_default_str()
      ->check([](const std::string& name) { return name.empty() ? "it is empty" : ""; });
  auto* impostor = app.add_flag("--impostor", o.impostor,
                                "Let the service have a certificate that it signed itself");
  certificate->needs(key, trusted);
  key->needs(certificate);
  impostor->excludes(certificate);
  for (auto* option : {certificate, key, trusted})
    option->check(CLI::ExistingFile.description(""))->type_name("FILE");
  CLI11_PARSE(app, argc, argv);

  try {
    run(o);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "tls: " << e.what() << '\n';
    return 1;
  }
}
