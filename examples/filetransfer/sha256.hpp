#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <openssl/evp.h>

namespace filetransfer {

/// The SHA-256 of bytes that come piece by piece. Throws std::runtime_error when OpenSSL fails.
class sha256 {
 public:
  using digest = std::array<unsigned char, 32>;

  sha256();

  void update(std::span<const std::byte> bytes);

  /// Of what has come so far; more may come.
  [[nodiscard]] digest value() const;

 private:
  struct freeing {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, freeing> context_;
};

/// As sha256sum writes it.
std::string hexadecimal(const sha256::digest& digest);

}  // namespace filetransfer
