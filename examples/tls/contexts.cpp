#include "contexts.hpp"

#include <stdexcept>

#include <asio/experimental/as_tuple.hpp>
#include <asio/ssl/error.hpp>
#include <asio/ssl/verify_context.hpp>
#include <asio/use_awaitable.hpp>

#include "openssl.hpp"

namespace tls {
namespace {

// asio's messages for files do not say which.
template <class F>
void with_file(const std::string& file, F use) {
  try {
    use(file);
  } catch (const std::system_error& e) {
    throw std::runtime_error(file + ": " + e.code().message());
  }
}

// The service's own certificate is asked for, whatever part of a chain OpenSSL looks at: nobody has
// to have signed it, if it is the one.
bool is(const fingerprint& wanted, asio::ssl::verify_context& chain) {
  X509_STORE_CTX* const state = chain.native_handle();
  const bool same = fingerprint_of(*X509_STORE_CTX_get0_cert(state)) == wanted;
  X509_STORE_CTX_set_error(state, same ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return same;
}

// Why, in OpenSSL's words: "certificate verify failed" has many reasons.
[[noreturn]] void fail_to_believe(asio::ssl::stream<v4v::stream>& s, const std::error_code& error) {
  std::string why = error.message();
  const long result = SSL_get_verify_result(s.native_handle());
  if (result == X509_V_ERR_CERT_REJECTED)
    why += ": it has another fingerprint";
  else if (result != X509_V_OK)
    why += std::string(": ") + X509_verify_cert_error_string(result);
  throw std::runtime_error("the service is not who it should be: " + why);
}

}  // namespace

asio::ssl::context context_of_service(const shown& what) {
  asio::ssl::context c{asio::ssl::context::tls_server};
  if (what.certificate_file.empty()) {
    c.use_certificate_chain(asio::buffer(what.made.certificate));
    c.use_private_key(asio::buffer(what.made.key), asio::ssl::context::pem);
  } else {
    with_file(what.certificate_file, [&](auto& file) { c.use_certificate_chain_file(file); });
    with_file(what.key_file,
              [&](auto& file) { c.use_private_key_file(file, asio::ssl::context::pem); });
  }
  return c;
}

asio::ssl::context context_of_client(const believed& whom) {
  asio::ssl::context c{asio::ssl::context::tls_client};
  c.set_verify_mode(asio::ssl::verify_peer);
  if (whom.only)
    c.set_verify_callback([wanted = *whom.only](bool, asio::ssl::verify_context& chain) {
      return is(wanted, chain);
    });
  else if (whom.file.empty())
    c.add_certificate_authority(asio::buffer(whom.certificate));
  else
    with_file(whom.file, [&](auto& file) { c.load_verify_file(file); });
  return c;
}

fingerprint fingerprint_of(asio::ssl::context& service) {
  const X509* const certificate =
      required(SSL_CTX_get0_certificate(service.native_handle()), "the service's certificate");
  return fingerprint_of(*certificate);
}

asio::awaitable<void> make_sure(asio::ssl::stream<v4v::stream>& s, const believed& whom) {
  if (!whom.only) {
    // The name that the certificate must have, and, for a service that has several, which is
    // wanted.
    required(SSL_set1_host(s.native_handle(), whom.name.c_str()), "the service's name");
    required(SSL_set_tlsext_host_name(s.native_handle(), whom.name.c_str()), "the service's name");
  }
  const auto [error] = co_await s.async_handshake(
      asio::ssl::stream_base::client, asio::experimental::as_tuple(asio::use_awaitable));
  if (error) fail_to_believe(s, error);
}

}  // namespace tls
