#pragma once

#include <optional>
#include <string>
#include <system_error>

#include <asio/awaitable.hpp>
#include <asio/ssl/context.hpp>
#include <asio/ssl/stream.hpp>
#include <v4v/stream.hpp>

#include "fingerprint.hpp"
#include "identity.hpp"

namespace tls {

/// What a service shows: in files, or as it was made.
struct shown {
  std::string certificate_file;  // empty: `made` is shown
  std::string key_file;
  identity made;
};

/// Whom a client believes: one certificate by its fingerprint, whatever name is in it; or those of
/// a file or in PEM, if they have the name.
struct believed {
  std::optional<fingerprint> only;
  std::string file;  // empty: `certificate` is believed
  std::string certificate;
  std::string name;
};

/// What each side needs to know before it talks to anybody. Throw std::runtime_error, with the name
/// of the file that is wrong; std::system_error.
asio::ssl::context context_of_service(const shown& what);
asio::ssl::context context_of_client(const believed& whom);

/// Of the certificate that a service's context shows.
fingerprint fingerprint_of(asio::ssl::context& service);

/// Shakes hands as the client. Throws std::runtime_error when the service is not the one that is
/// believed, and says why.
asio::awaitable<void> make_sure(asio::ssl::stream<v4v::stream>& s, const believed& whom);

}  // namespace tls
