#include "v4v/rpc/error.hpp"

#include <kj/string.h>

#include <algorithm>
#include <array>
#include <asio/error.hpp>

#include "v4v/rpc/promise_error.hpp"

namespace v4v::rpc {
namespace {

using type = kj::Exception::Type;

struct rule {
  std::errc error;
  type kind;
};

constexpr std::array rules{
    rule{std::errc::broken_pipe, type::DISCONNECTED},
    rule{std::errc::connection_aborted, type::DISCONNECTED},
    rule{std::errc::connection_refused, type::DISCONNECTED},
    rule{std::errc::connection_reset, type::DISCONNECTED},
    rule{std::errc::host_unreachable, type::DISCONNECTED},
    rule{std::errc::network_down, type::DISCONNECTED},
    rule{std::errc::network_reset, type::DISCONNECTED},
    rule{std::errc::network_unreachable, type::DISCONNECTED},
    rule{std::errc::not_connected, type::DISCONNECTED},
    rule{std::errc::no_buffer_space, type::OVERLOADED},
    rule{std::errc::no_lock_available, type::OVERLOADED},
    rule{std::errc::no_space_on_device, type::OVERLOADED},
    rule{std::errc::not_enough_memory, type::OVERLOADED},
    rule{std::errc::timed_out, type::OVERLOADED},
    rule{std::errc::too_many_files_open, type::OVERLOADED},
    rule{std::errc::too_many_files_open_in_system, type::OVERLOADED},
    rule{std::errc::function_not_supported, type::UNIMPLEMENTED},
    rule{std::errc::not_supported, type::UNIMPLEMENTED},
    rule{std::errc::operation_not_supported, type::UNIMPLEMENTED},
    rule{std::errc::no_protocol_option, type::UNIMPLEMENTED},
};

kj::Exception failure(type kind, kj::String description) {
  return {kind, __FILE__, __LINE__, kj::mv(description)};
}

}  // namespace

kj::Exception::Type exception_type(const std::error_code& error) noexcept {
  if (error.category() == promise_category())
    return kind_of(static_cast<promise_errc>(error.value()));
  if (error == asio::error::eof) return type::DISCONNECTED;  // has no std::errc
  // Asio's category of system errors does not say which std::errc they are; they are errno.
  const std::error_code judged = error.category() == asio::error::get_system_category()
                                     ? std::error_code{error.value(), std::generic_category()}
                                     : error;
  const auto found = std::ranges::find_if(rules, [&](const rule& r) { return judged == r.error; });
  return found == rules.end() ? type::FAILED : found->kind;
}

kj::Exception to_exception(const std::error_code& error, kj::StringPtr doing) {
  return failure(exception_type(error),
                 kj::str(doing, doing.size() == 0 ? "" : ": ", error.message().c_str(), " (",
                         error.category().name(), " ", error.value(), ")"));
}

kj::Exception to_exception(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const kj::Exception& e) {
    return kj::Exception{e};
  } catch (const std::system_error& e) {
    return failure(exception_type(e.code()),
                   kj::str(e.what(), " (", e.code().category().name(), " ", e.code().value(), ")"));
  } catch (const std::exception& e) {
    return failure(type::FAILED, kj::str(e.what()));
  } catch (...) {
    return failure(type::FAILED, kj::str("an exception that is not a std::exception"));
  }
}

kj::Exception from_peer(kj::StringPtr peer, kj::Exception&& exception) {
  if (peer.size() == 0) return kj::mv(exception);
  // Not with the file of that exception, which it may own: Cap'n Proto copies the pointer alone
  // when it makes the reason of a disconnection from an exception.
  return failure(exception.getType(), kj::str(peer, ": ", exception.getDescription()));
}

}  // namespace v4v::rpc
