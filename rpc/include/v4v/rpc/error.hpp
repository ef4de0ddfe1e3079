#pragma once

#include <kj/exception.h>

#include <exception>
#include <system_error>

namespace v4v::rpc {

/// Errors cross between Asio and KJ in both directions, any number of times:
///
/// | from | to | what it is there |
/// | --- | --- | --- |
/// | Asio: an error_code, a std::system_error | KJ | the kind below; message, category and number
/// stay in the description |
/// | Asio: operation_aborted | KJ | FAILED, as every error without a kind of its own |
/// | Asio: promise_error, kj::Exception | KJ | the kj::Exception, nothing lost |
/// | Asio: another exception | KJ | FAILED, with what() as its description |
/// | Asio: a handler is destroyed uncalled | KJ | FAILED, "the operation was abandoned" |
/// | KJ: a rejected promise | Asio | promise_error, nothing lost |
/// | KJ: a C++ exception from a continuation | Asio | promise_error: KJ has made it a FAILED with
/// what() in the description (an OVERLOADED of std::bad_alloc); its type is gone |
/// | KJ: a promise is dropped | Asio | cancellation; the operation's operation_aborted reaches
/// nobody |
/// | Asio: a coroutine that awaits a promise is cancelled | KJ | the promise is dropped |
///
/// operation_aborted in a coroutine therefore always says that it was the coroutine itself, or the
/// operation it began, that was cancelled. When it was cancelled by somebody else, whoever waits
/// for it as a promise is told that it FAILED, and not to connect again: who cancels knows why.
///
/// Which of KJ's four kinds of failure an error is. Errors of every category are judged by the
/// std::errc that they are equivalent to, the way KJ judges errno:
///
///  - DISCONNECTED, connect again and then try again: end of file (Asio's), broken_pipe,
///    connection_aborted, connection_refused, connection_reset, host_unreachable, network_down,
///    network_reset, network_unreachable, not_connected
///  - OVERLOADED, try again but later: no_buffer_space, no_lock_available, no_space_on_device,
///    not_enough_memory, timed_out, too_many_files_open, too_many_files_open_in_system
///  - UNIMPLEMENTED, try another way: function_not_supported, not_supported,
///    operation_not_supported, no_protocol_option
///  - FAILED: all others
///
/// A promise_errc is the kind that it says.
[[nodiscard]] kj::Exception::Type exception_type(const std::error_code& error) noexcept;

/// The exception for an error: its kind as above, and as its description what was being done, if
/// that is given, the error's message, and its category and number, as in
/// "reading a message: Connection reset by peer (asio.system 104)".
[[nodiscard]] kj::Exception to_exception(const std::error_code& error,
                                         kj::StringPtr doing = nullptr);

/// The exception for a C++ exception that was thrown: a kj::Exception as it is, and so a
/// promise_error, a std::system_error by its code as above, any other as FAILED with its what().
/// `thrown` must not be null.
[[nodiscard]] kj::Exception to_exception(const std::exception_ptr& thrown);

/// The same exception, its description with "`peer`: " in front, unless `peer` is empty.
[[nodiscard]] kj::Exception from_peer(kj::StringPtr peer, kj::Exception&& exception);

}  // namespace v4v::rpc
