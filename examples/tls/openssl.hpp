#pragma once

#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace tls {

/// OpenSSL's objects, as the owners of what they point to.
template <class T, void (*Free)(T*)>
struct freeing {
  void operator()(T* p) const { Free(p); }
};
using key_pointer = std::unique_ptr<EVP_PKEY, freeing<EVP_PKEY, EVP_PKEY_free>>;
using certificate_pointer = std::unique_ptr<X509, freeing<X509, X509_free>>;
using extension_pointer =
    std::unique_ptr<X509_EXTENSION, freeing<X509_EXTENSION, X509_EXTENSION_free>>;
using bio_pointer = std::unique_ptr<BIO, freeing<BIO, BIO_free_all>>;

/// Throws std::runtime_error that says what did not work, and what OpenSSL says of it.
[[noreturn]] void fail(const std::string& what);

/// For results that are null or 0 when something did not work.
template <class T>
T required(T result, const char* what) {
  if (!result) fail(what);
  return result;
}

/// What was written to `memory`.
std::string text_of(const bio_pointer& memory);

}  // namespace tls
