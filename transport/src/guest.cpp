#include "v4v/guest.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include <asio/execution_context.hpp>

#include "guest_core.hpp"

namespace v4v {
namespace {

/// Knows the guests of an io_context, so that operations still waiting when it ends are destroyed
/// with it, as those of Asio's own sockets are. Without that, a handler that owns its own socket
/// would never be freed.
class guest_service final : public asio::execution_context::service {
 public:
  using key_type = guest_service;
  static asio::execution_context::id id;

  explicit guest_service(asio::execution_context& context)
      : asio::execution_context::service(context) {}

  void add(std::weak_ptr<detail::guest_core> guest) {
    const std::lock_guard lock(mutex_);
    std::erase_if(guests_, [](const auto& g) { return g.expired(); });
    guests_.push_back(std::move(guest));
  }

 private:
  void shutdown() override {
    for (const auto& g : guests_)
      if (const auto guest = g.lock()) guest->abandon();
  }

  std::mutex mutex_;
  std::vector<std::weak_ptr<detail::guest_core>> guests_;
};

asio::execution_context::id guest_service::id;

}  // namespace

guest::guest(asio::io_context& io, std::unique_ptr<v4v::link> link, guest_options options)
    : core_(std::make_shared<detail::guest_core>(io, std::move(link), options.polling)) {
  asio::use_service<guest_service>(io).add(core_);
}

guest::~guest() { core_->close(); }

domain_type guest::domain() const noexcept { return core_->domain(); }

guest::executor_type guest::get_executor() const noexcept {
  return core_->context().get_executor();
}

}  // namespace v4v
