#include "fingerprint.hpp"

#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <system_error>

#include <openssl/evp.h>

#include "openssl.hpp"

namespace tls {

fingerprint fingerprint_of(const X509& certificate) {
  fingerprint f{};
  required(X509_digest(&certificate, EVP_sha256(), f.data(), nullptr), "a fingerprint");
  return f;
}

std::string text_of(const fingerprint& f) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const unsigned byte : f) {
    if (!text.empty()) text += ':';
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

fingerprint parse_fingerprint(std::string_view text) {
  fingerprint f{};
  for (std::size_t i = 0; i < f.size(); ++i) {
    if (i != 0 && text.starts_with(':')) text.remove_prefix(1);
    const std::string_view byte = text.substr(0, 2);
    const auto [end, error] = std::from_chars(byte.data(), byte.data() + byte.size(), f[i], 16);
    if (error != std::errc() || byte.size() != 2 || end != byte.data() + 2)
      throw std::invalid_argument("a fingerprint is 64 hexadecimal digits, with or without colons");
    text.remove_prefix(2);
  }
  if (!text.empty())
    throw std::invalid_argument("a fingerprint is 64 hexadecimal digits, and no more");
  return f;
}

}  // namespace tls
