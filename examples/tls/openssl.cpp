#include "openssl.hpp"

#include <stdexcept>

#include <openssl/err.h>

namespace tls {

void fail(const std::string& what) {
  const char* const reason = ERR_reason_error_string(ERR_get_error());
  throw std::runtime_error(what + (reason != nullptr ? std::string(": ") + reason : ""));
}

std::string text_of(const bio_pointer& memory) {
  char* bytes = nullptr;
  const long n = BIO_get_mem_data(memory.get(), &bytes);
  return n > 0 ? std::string(bytes, static_cast<std::size_t>(n)) : std::string();
}

}  // namespace tls
