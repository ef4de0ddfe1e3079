#pragma once

#include <capnp/message.h>
#include <capnp/rpc.h>
#include <kj/refcount.h>

#include <cstddef>
#include <memory>
#include <utility>

#include "gather_list.hpp"
#include "segment_pool.hpp"

namespace v4v::rpc {

class outgoing_message;

/// Where a message goes when it is sent.
class outgoing_queue {
 public:
  virtual void send(kj::Own<outgoing_message> message) = 0;

 protected:
  ~outgoing_queue() = default;
};

/// A message that the RPC system builds. It may live longer than the queue, but is not sent then.
class outgoing_message final : public capnp::OutgoingRpcMessage, public kj::Refcounted {
 public:
  /// `first_words` are to be in its first segment; 0 if that is not known. Without a pool it takes
  /// no more memory than that.
  outgoing_message(outgoing_queue& queue, std::shared_ptr<segment_pool> pool,
                   capnp::uint first_words)
      : queue_{queue}, first_{std::move(pool)}, builder_{in(first_.words(), first_words)} {}

  capnp::AnyPointer::Builder getBody() override { return builder_.getRoot<capnp::AnyPointer>(); }
  void send() override { queue_.send(kj::addRef(*this)); }
  std::size_t sizeInWords() override { return builder_.sizeInWords(); }

  /// It is not the RPC system's.
  bool is_posted = false;

  [[nodiscard]] segment_list segments() { return builder_.getSegmentsForOutput(); }

 private:
  static capnp::MallocMessageBuilder in(kj::ArrayPtr<capnp::word> words, capnp::uint wanted) {
    return wanted <= words.size() ? capnp::MallocMessageBuilder{words}
                                  : capnp::MallocMessageBuilder{wanted};
  }

  outgoing_queue& queue_;
  pooled_segment first_;
  capnp::MallocMessageBuilder builder_;
};

}  // namespace v4v::rpc
