// TLS between two domains: asio::ssl on one of our streams.

#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <asio/ssl.hpp>

#include "two_domains.hpp"

namespace v4v::test {
namespace {

template <class T, void (*Free)(T*)>
struct freeing {
  void operator()(T* p) const { Free(p); }
};
using key_pointer = std::unique_ptr<EVP_PKEY, freeing<EVP_PKEY, EVP_PKEY_free>>;
using certificate_pointer = std::unique_ptr<X509, freeing<X509, X509_free>>;

// A certificate for a name, signed by itself, and its key; made anew for each run.
struct identity {
  explicit identity(const char* name) : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
  }
  key_pointer key;
  certificate_pointer certificate;
};

class tls : public two_domains {
 protected:
  tls() {
    SSL_CTX_use_certificate(serving.native_handle(), service_identity.certificate.get());
    SSL_CTX_use_PrivateKey(serving.native_handle(), service_identity.key.get());
    X509_STORE_add_cert(SSL_CTX_get_cert_store(calling.native_handle()),
                        service_identity.certificate.get());
    calling.set_verify_mode(asio::ssl::verify_peer);
  }

  identity service_identity{"service"};
  asio::ssl::context serving{asio::ssl::context::tls_server};
  asio::ssl::context calling{asio::ssl::context::tls_client};
};

TEST_F(tls, carries_bytes_both_ways_and_ends_in_order) {
  const std::string data = pattern(1'000'000);
  acceptor a(server, service.port());
  spawn([&]() -> awaitable<void> {
    asio::ssl::stream<stream> s(co_await a.async_accept(use_awaitable), serving);
    co_await s.async_handshake(asio::ssl::stream_base::server, use_awaitable);
    std::string got(data.size(), '\0');
    co_await asio::async_read(s, asio::buffer(got), use_awaitable);
    EXPECT_TRUE(got == data);
    co_await asio::async_write(s, asio::buffer(got), use_awaitable);
    co_await s.async_shutdown(use_awaitable);
  });
  spawn([&]() -> awaitable<void> {
    asio::ssl::stream<stream> s(stream(client), calling);
    co_await s.next_layer().async_connect(service, use_awaitable);
    co_await s.async_handshake(asio::ssl::stream_base::client, use_awaitable);
    co_await asio::async_write(s, asio::buffer(data), use_awaitable);
    std::string got(data.size(), '\0');
    co_await asio::async_read(s, asio::buffer(got), use_awaitable);
    EXPECT_TRUE(got == data);
    char byte = 0;
    const auto [ec, n] = co_await s.async_read_some(asio::buffer(&byte, 1), no_throw);
    EXPECT_EQ(ec, asio::error::eof);
    co_await s.async_shutdown(use_awaitable);
  });
  io.run();
}

TEST_F(tls, a_service_that_is_somebody_else_is_refused) {
  const identity stranger{"service"};
  asio::ssl::context other{asio::ssl::context::tls_server};
  SSL_CTX_use_certificate(other.native_handle(), stranger.certificate.get());
  SSL_CTX_use_PrivateKey(other.native_handle(), stranger.key.get());
  acceptor a(server, service.port());
  spawn([&]() -> awaitable<void> {
    asio::ssl::stream<stream> s(co_await a.async_accept(use_awaitable), other);
    const auto [ec] = co_await s.async_handshake(asio::ssl::stream_base::server, no_throw);
    EXPECT_TRUE(ec);
  });
  spawn([&]() -> awaitable<void> {
    asio::ssl::stream<stream> s(stream(client), calling);
    co_await s.next_layer().async_connect(service, use_awaitable);
    const auto [ec] = co_await s.async_handshake(asio::ssl::stream_base::client, no_throw);
    EXPECT_EQ(ec.category(), asio::error::get_ssl_category()) << ec.message();
  });
  io.run();
}

}  // namespace
}  // namespace v4v::test
