#include "sha256.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace filetransfer {
namespace {

void require(int done) {
  if (done != 1) throw std::runtime_error("OpenSSL cannot work out a SHA-256");
}

}  // namespace

sha256::sha256() : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr ? 1 : 0);
  require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void sha256::update(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

sha256::digest sha256::value() const {
  sha256 ended;  // a copy ends, this one goes on
  require(EVP_MD_CTX_copy_ex(ended.context_.get(), context_.get()));
  digest result{};
  require(EVP_DigestFinal_ex(ended.context_.get(), result.data(), nullptr));
  return result;
}

std::string hexadecimal(const sha256::digest& digest) {
  std::string text;
  for (const unsigned char byte : digest)
    text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace filetransfer
