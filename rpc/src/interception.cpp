#include "interception.hpp"

#include <kj/debug.h>

namespace v4v::rpc {
namespace {

// In the largest unit that leaves a whole number.
kj::String to_text(std::chrono::nanoseconds duration) {
  const auto count = duration.count();
  if (count % 1'000'000'000 == 0) return kj::str(count / 1'000'000'000, " s");
  if (count % 1'000'000 == 0) return kj::str(count / 1'000'000, " ms");
  if (count % 1'000 == 0) return kj::str(count / 1'000, " us");
  return kj::str(count, " ns");
}

}  // namespace

kj::Own<interception> interception::with(kj::Maybe<capnp::InterfaceSchema> interface,
                                         deadline other) {
  if (names_.root() != nullptr) interface = names_.root();
  return kj::refcounted<interception>(
      service_.map([](kj::Own<service_state>& state) { return kj::addRef(*state); }),
      kj::mv(interface), other);
}

kj::Exception interception::explain(kj::Exception&& error, std::uint64_t interface_id,
                                    std::uint16_t method) {
  kj::String text =
      kj::str(names_.name(interface_id, method), ": ", without_service(error.getDescription()));
  KJ_IF_MAYBE (service, service_) text = kj::str((*service)->name, ": ", text);
  kj::Exception explained{type_of(error), __FILE__, __LINE__, kj::mv(text)};
  if (error.getRemoteTrace().size() > 0) explained.setRemoteTrace(kj::str(error.getRemoteTrace()));
  for (void* const address : error.getStackTrace())
    explained.addTrace(address);
  return explained;
}

// Cap'n Proto gives calls that a connection's end took along the reason of the end, but always as
// DISCONNECTED, whatever the service said in its Abort message.
kj::Exception::Type interception::type_of(const kj::Exception& error) const {
  KJ_IF_MAYBE (service, service_) {
    KJ_IF_MAYBE (abort, (*service)->abort) {
      if (error.getType() == kj::Exception::Type::DISCONNECTED &&
          error.getDescription().endsWith(abort->getDescription())) {
        return abort->getType();
      }
    }
  }
  return error.getType();
}

// The stream under the connection says it, too.
kj::StringPtr interception::without_service(kj::StringPtr description) const {
  KJ_IF_MAYBE (service, service_) {
    const kj::StringPtr name = (*service)->name;
    if (description.startsWith(name) && description.slice(name.size()).startsWith(": ")) {
      return description.slice(name.size() + 2);
    }
  }
  return description;
}

kj::Exception interception::too_late() const {
  auto text = kj::str("deadline of ", to_text(deadline_->after), " exceeded");
  KJ_IF_MAYBE (service, service_) {
    KJ_IF_MAYBE (reason, (*service)->not_connected)
      text = kj::str(text, ", without a connection: ", without_service(reason->getDescription()));
  }
  return {kj::Exception::Type::OVERLOADED, __FILE__, __LINE__, kj::mv(text)};
}

kj::Exception interception::was_too_late(std::uint64_t interface_id, std::uint16_t method) {
  const auto late = too_late();
  return KJ_EXCEPTION(OVERLOADED,
                      kj::str(names_.name(interface_id, method), ": ", late.getDescription()));
}

}  // namespace v4v::rpc
