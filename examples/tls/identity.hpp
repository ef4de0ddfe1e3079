#pragma once

#include <string>

namespace tls {

/// What a service shows and what proves that it may: a certificate, and its private key, in PEM.
struct identity {
  std::string certificate;
  std::string key;
};

/// A new key, and a certificate for `name` (as a DNS name) that it signs itself, good for a day.
/// Who trusts this one certificate trusts nobody else. Throws std::runtime_error.
identity make_identity(const std::string& name);

}  // namespace tls
