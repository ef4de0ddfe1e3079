#pragma once

#include <kj/exception.h>
#include <kj/refcount.h>
#include <kj/timer.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "method_names.hpp"

namespace v4v::rpc {

/// What a client knows of the service that its calls go to.
struct service_state : public kj::Refcounted {
  explicit service_state(kj::String service_name) : name{kj::mv(service_name)} {}

  const kj::String name;                   ///< As in "v4v domain 1 port 5000".
  kj::Maybe<kj::Exception> abort;          ///< With which it ended a connection, the last time.
  kj::Maybe<kj::Exception> not_connected;  ///< Why there is no connection at the moment.
};

/// What becomes of calls on certain capabilities: their deadline, and what their errors say.
class interception : public kj::Refcounted {
 public:
  struct deadline {
    kj::Timer& timer;
    std::chrono::nanoseconds after;
  };

  interception(kj::Maybe<kj::Own<service_state>> service,
               kj::Maybe<capnp::InterfaceSchema> interface, std::optional<deadline> limit)
      : service_{kj::mv(service)}, names_{kj::mv(interface)}, deadline_{limit} {}

  /// The same with another deadline, and with an interface if it has none.
  [[nodiscard]] kj::Own<interception> with(kj::Maybe<capnp::InterfaceSchema> interface,
                                           deadline other);

  [[nodiscard]] const std::optional<deadline>& limit() const noexcept { return deadline_; }

  /// The error of a call: "v4v domain 1 port 5000: Calculator.evaluate: the connection was closed".
  [[nodiscard]] kj::Exception explain(kj::Exception&& error, std::uint64_t interface_id,
                                      std::uint16_t method);

  /// That the call took too long, without who and what. There must be a limit().
  [[nodiscard]] kj::Exception too_late() const;

  /// What those meet who call what a call was to give them that took too long.
  [[nodiscard]] kj::Exception was_too_late(std::uint64_t interface_id, std::uint16_t method);

 private:
  [[nodiscard]] kj::Exception::Type type_of(const kj::Exception& error) const;
  [[nodiscard]] kj::StringPtr without_service(kj::StringPtr description) const;

  kj::Maybe<kj::Own<service_state>> service_;
  method_names names_;
  const std::optional<deadline> deadline_;
};

}  // namespace v4v::rpc
