#pragma once

#include <array>
#include <string>
#include <string_view>

#include <openssl/x509.h>

namespace tls {

/// The SHA-256 of a certificate, which no other certificate has.
using fingerprint = std::array<unsigned char, 32>;

/// Throws std::runtime_error.
fingerprint fingerprint_of(const X509& certificate);

/// As people compare them: AB:CD:...
std::string text_of(const fingerprint& f);

/// From what text_of() gives, or without the colons, in letters of any case. Throws
/// std::invalid_argument, saying what it should be.
fingerprint parse_fingerprint(std::string_view text);

}  // namespace tls
