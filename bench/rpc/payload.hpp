#pragma once

#include <capnp/common.h>
#include <capnp/orphan.h>
#include <kj/array.h>

#include <cstddef>
#include <cstring>

namespace v4v::bench {

inline constexpr std::size_t largest_blob = 8 << 20;

/// What is sent: memory whose first bytes go into messages without being copied there. It must
/// outlive them.
class blob {
 public:
  blob() { std::memset(words_.asBytes().begin(), 'v', largest_blob); }

  /// `bytes` is a multiple of a word, and at most largest_blob.
  [[nodiscard]] capnp::Data::Reader first(std::size_t bytes) const {
    return words_.slice(0, bytes / sizeof(capnp::word)).asBytes();
  }

  [[nodiscard]] capnp::Orphan<capnp::Data> first(std::size_t bytes, capnp::Orphanage of) const {
    return of.referenceExternalData(first(bytes));
  }

 private:
  kj::Array<capnp::word> words_ = kj::heapArray<capnp::word>(largest_blob / sizeof(capnp::word));
};

/// What a receiver does with the bytes that it gets.
enum class on_receipt {
  nothing,  ///< They are where its program could use them; it does not.
  touch     ///< It reads one byte of each cache line.
};

/// What all peers of a run send, and what they do with what they get.
class payload {
 public:
  explicit payload(on_receipt what) : on_receipt_{what} {}

  [[nodiscard]] const blob& to_send() const { return blob_; }

  void received(const void* bytes, std::size_t size) const {
    if (on_receipt_ == on_receipt::nothing) return;
    const auto* const at = static_cast<const volatile unsigned char*>(bytes);
    for (std::size_t i = 0; i < size; i += 64)
      static_cast<void>(at[i]);
  }

 private:
  const blob blob_;
  const on_receipt on_receipt_;
};

}  // namespace v4v::bench
