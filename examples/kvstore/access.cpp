#include "access.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace kvstore {

capnp::Capability::Client hand_out(store& kept, const access& allowed, v4v::domain_type domain) {
  if (allowed.writers.contains(domain)) return kept.for_writer.castAs<capnp::Capability>();
  if (allowed.all_read || allowed.readers.contains(domain))
    return kept.for_reader(domain).castAs<capnp::Capability>();
  throw std::runtime_error(
      fmt::format("domain {} may not use this store: it is neither among its writers nor among its "
                  "readers (--writers, --readers)",
                  domain));
}

}  // namespace kvstore
