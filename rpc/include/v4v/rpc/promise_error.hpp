#pragma once

#include <kj/exception.h>

#include <system_error>
#include <type_traits>

namespace v4v::rpc {

/// KJ's four kinds of failure as error codes, of promise_category(). Compared with a std::errc each
/// is the one that comes nearest, and FAILED is none:
///
/// | code | of | equals |
/// | --- | --- | --- |
/// | failed | FAILED | - |
/// | overloaded | OVERLOADED | std::errc::resource_unavailable_try_again |
/// | disconnected | DISCONNECTED | std::errc::connection_reset |
/// | unimplemented | UNIMPLEMENTED | std::errc::operation_not_supported |
enum class promise_errc { failed = 1, overloaded, disconnected, unimplemented };

/// The category of promise_errc, named "v4v.rpc".
[[nodiscard]] const std::error_category& promise_category() noexcept;

[[nodiscard]] std::error_code make_error_code(promise_errc error) noexcept;

/// The code for KJ's kind of failure, and the other way round; a value that is none is FAILED.
[[nodiscard]] promise_errc promise_errc_of(kj::Exception::Type kind) noexcept;
[[nodiscard]] kj::Exception::Type kind_of(promise_errc error) noexcept;

/// What a coroutine gets that awaited a promise which was rejected: a std::system_error for those
/// who think in Asio, and at the same time the kj::Exception that it was.
///
///     try {
///       co_await v4v::rpc::await(request.send());
///     } catch (const std::system_error& error) {  // or const kj::Exception&
///       if (error.code() == v4v::rpc::promise_errc::disconnected) ...
///     }
///
/// Being a kj::Exception it also passes through KJ, whether it leaves a coroutine that is a promise
/// or is thrown on in a promise's continuation, with nothing lost: kind, description, file and line
/// and traces.
class promise_error : public std::system_error, public kj::Exception {
 public:
  explicit promise_error(kj::Exception exception);

  /// The exception that the promise was rejected with.
  [[nodiscard]] const kj::Exception& exception() const noexcept { return *this; }

  /// The exception's description.
  [[nodiscard]] const char* what() const noexcept override;
};

}  // namespace v4v::rpc

template <>
struct std::is_error_code_enum<v4v::rpc::promise_errc> : std::true_type {};
