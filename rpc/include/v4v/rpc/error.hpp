#pragma once

#include <kj/exception.h>

#include <exception>
#include <system_error>

namespace v4v::rpc {

/// Which of KJ's four kinds of failure an error is. Errors of every category are judged by the
/// std::errc that they are equivalent to, the way KJ judges errno:
///
/// | kind | errors | what it tells the caller |
/// | --- | --- | --- |
/// | DISCONNECTED | end of file (Asio's), broken_pipe, connection_aborted, connection_refused,
/// connection_reset, host_unreachable, network_down, network_reset, network_unreachable,
/// not_connected | connect again, then try again | | OVERLOADED | no_buffer_space,
/// no_lock_available, no_space_on_device, not_enough_memory, timed_out, too_many_files_open,
/// too_many_files_open_in_system | try again, but later | | UNIMPLEMENTED | function_not_supported,
/// not_supported, operation_not_supported, no_protocol_option | try another way | | FAILED | all
/// others, operation_canceled among them: whoever cancels knows why | |
[[nodiscard]] kj::Exception::Type exception_type(const std::error_code& error) noexcept;

/// The exception for an error: its kind as above, and as its description what was being done, if
/// that is given, the error's message, and its category and number, as in
/// "reading a message: Connection reset by peer (asio.system 104)".
[[nodiscard]] kj::Exception to_exception(const std::error_code& error,
                                         kj::StringPtr doing = nullptr);

/// The exception for a C++ exception that was thrown: a kj::Exception as it is, a
/// std::system_error by its code as above, any other as FAILED with its what(). `thrown` must not
/// be null.
[[nodiscard]] kj::Exception to_exception(const std::exception_ptr& thrown);

/// The same exception, its description with "`peer`: " in front, unless `peer` is empty.
[[nodiscard]] kj::Exception from_peer(kj::StringPtr peer, kj::Exception&& exception);

}  // namespace v4v::rpc
