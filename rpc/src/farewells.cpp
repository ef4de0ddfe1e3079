#include "farewells.hpp"

#include <array>
#include <asio/buffer.hpp>
#include <asio/socket_base.hpp>
#include <system_error>
#include <utility>

#include "v4v/rpc/use_promise.hpp"

namespace v4v::rpc {
namespace {

struct last_bytes {
  explicit last_bytes(v4v::stream&& from) : stream{std::move(from)} {}

  // Fails at the end of file, or when the connection is reset.
  kj::Promise<void> drop() {
    return stream.async_read_some(asio::buffer(bytes), use_promise).then([this](std::size_t) {
      return drop();
    });
  }

  v4v::stream stream;
  std::array<kj::byte, 4096> bytes;
};

}  // namespace

void farewells::add(domain_type domain, v4v::stream&& stream) {
  if (cut_ || !stream.is_open()) return;
  std::error_code ignored;  // there may be no half-close, or no peer any more
  stream.shutdown(asio::socket_base::shutdown_send, ignored);

  auto& of_this = of_domain_[domain];
  if (of_this.size() >= few_enough) {
    of_this.begin()->second->fulfill();
    of_this.erase(of_this.begin());
  }
  auto cut = kj::newPromiseAndFulfiller<void>();
  of_this.emplace(next_, kj::mv(cut.fulfiller));

  auto last = kj::heap<last_bytes>(std::move(stream));
  auto dropped = last->drop();
  streams_.add(dropped.exclusiveJoin(kj::mv(cut.promise))
                   .attach(kj::defer([this, domain, id = next_] {
                             const auto mine = of_domain_.find(domain);
                             if (mine == of_domain_.end()) return;
                             mine->second.erase(id);
                             if (mine->second.empty()) of_domain_.erase(mine);
                           }),
                           kj::mv(last)));
  ++next_;
}

void farewells::cut() {
  cut_ = true;
  for (auto& [domain, of_this] : of_domain_) {
    for (auto& [id, stream] : of_this)
      stream->fulfill();
  }
}

}  // namespace v4v::rpc
