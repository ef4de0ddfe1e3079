#include "v4v/rpc/promise_error.hpp"

#include <string>
#include <utility>

namespace v4v::rpc {
namespace {

class category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "v4v.rpc"; }

  [[nodiscard]] std::string message(int error) const override {
    switch (static_cast<promise_errc>(error)) {
      case promise_errc::failed:
        return "failed";
      case promise_errc::overloaded:
        return "overloaded";
      case promise_errc::disconnected:
        return "disconnected";
      case promise_errc::unimplemented:
        return "unimplemented";
    }
    return "unknown error " + std::to_string(error);
  }

  [[nodiscard]] std::error_condition default_error_condition(int error) const noexcept override {
    switch (static_cast<promise_errc>(error)) {
      case promise_errc::overloaded:
        return std::errc::resource_unavailable_try_again;
      case promise_errc::disconnected:
        return std::errc::connection_reset;
      case promise_errc::unimplemented:
        return std::errc::operation_not_supported;
      case promise_errc::failed:
        break;
    }
    return {error, *this};
  }
};

}  // namespace

const std::error_category& promise_category() noexcept {
  static const category instance;
  return instance;
}

std::error_code make_error_code(promise_errc error) noexcept {
  return {static_cast<int>(error), promise_category()};
}

promise_errc promise_errc_of(kj::Exception::Type kind) noexcept {
  switch (kind) {
    case kj::Exception::Type::OVERLOADED:
      return promise_errc::overloaded;
    case kj::Exception::Type::DISCONNECTED:
      return promise_errc::disconnected;
    case kj::Exception::Type::UNIMPLEMENTED:
      return promise_errc::unimplemented;
    case kj::Exception::Type::FAILED:
      break;
  }
  return promise_errc::failed;
}

kj::Exception::Type kind_of(promise_errc error) noexcept {
  switch (error) {
    case promise_errc::overloaded:
      return kj::Exception::Type::OVERLOADED;
    case promise_errc::disconnected:
      return kj::Exception::Type::DISCONNECTED;
    case promise_errc::unimplemented:
      return kj::Exception::Type::UNIMPLEMENTED;
    case promise_errc::failed:
      break;
  }
  return kj::Exception::Type::FAILED;
}

promise_error::promise_error(kj::Exception exception)
    : std::system_error{promise_errc_of(exception.getType())}, kj::Exception{kj::mv(exception)} {}

const char* promise_error::what() const noexcept { return getDescription().cStr(); }

}  // namespace v4v::rpc
