#include "identity.hpp"

#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "openssl.hpp"

namespace tls {
namespace {

constexpr long a_day = 24 * 60 * 60;

void set_serial_number(X509& certificate) {
  const std::unique_ptr<BIGNUM, freeing<BIGNUM, BN_free>> number(required(BN_new(), "a number"));
  required(BN_rand(number.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY), "a serial number");
  required(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)),
           "a serial number");
}

// Whose it is stands in an extension, where clients look for it; this is for people, and may not be
// long.
void set_subject(X509& certificate) {
  const std::string text = "examples/tls";
  X509_NAME* const subject = X509_get_subject_name(&certificate);
  required(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()), -1, 0),
           "the certificate's subject");
  required(X509_set_issuer_name(&certificate, subject), "the certificate's issuer");
}

void add_extension(X509& certificate, int kind, const std::string& value) {
  const extension_pointer extension(
      required(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()), "an extension"));
  required(X509_add_ext(&certificate, extension.get(), -1), "an extension");
}

std::string pem_of(X509& certificate) {
  const bio_pointer memory(required(BIO_new(BIO_s_mem()), "memory"));
  required(PEM_write_bio_X509(memory.get(), &certificate), "the certificate in PEM");
  return text_of(memory);
}

std::string pem_of(EVP_PKEY& key) {
  const bio_pointer memory(required(BIO_new(BIO_s_mem()), "memory"));
  required(PEM_write_bio_PrivateKey(memory.get(), &key, nullptr, nullptr, 0, nullptr, nullptr),
           "the key in PEM");
  return text_of(memory);
}

}  // namespace

identity make_identity(const std::string& name) {
  const key_pointer key(required(EVP_EC_gen("P-256"), "a new key"));
  const certificate_pointer certificate(required(X509_new(), "a new certificate"));
  required(X509_set_version(certificate.get(), X509_VERSION_3), "the certificate's version");
  set_serial_number(*certificate);
  // Clocks of two machines differ.
  required(X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60), "the certificate's time");
  required(X509_gmtime_adj(X509_getm_notAfter(certificate.get()), a_day), "the certificate's time");
  required(X509_set_pubkey(certificate.get(), key.get()), "the certificate's key");
  set_subject(*certificate);
  add_extension(*certificate, NID_subject_alt_name, "DNS:" + name);
  required(X509_sign(certificate.get(), key.get(), EVP_sha256()), "the signature");
  return {pem_of(*certificate), pem_of(*key)};
}

}  // namespace tls
