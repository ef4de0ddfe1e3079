#include "method_names.hpp"

namespace v4v::rpc {

kj::String method_names::name(std::uint64_t interface_id, std::uint16_t method) {
  if (!learnt_) {
    learnt_ = true;
    KJ_IF_MAYBE (root, root_) learn(*root);
  }
  const auto found = known_.find(interface_id);
  if (found != known_.end() && found->second.getProto().isInterface()) {
    const auto interface = found->second.asInterface();
    const auto methods = interface.getMethods();
    if (method < methods.size()) {
      return kj::str(interface.getShortDisplayName(), ".", methods[method].getProto().getName());
    }
  }
  return kj::str("interface 0x", kj::hex(interface_id), " method ", method);
}

void method_names::learn(capnp::InterfaceSchema interface) {
  if (!known_.emplace(interface.getProto().getId(), interface).second) return;
  for (const auto superclass : interface.getSuperclasses())
    learn(superclass);
  for (const auto method : interface.getMethods()) {
    learn(method.getParamType());
    learn(method.getResultType());
  }
}

void method_names::learn(capnp::StructSchema structure) {
  if (!known_.emplace(structure.getProto().getId(), structure).second) return;
  for (const auto field : structure.getFields())
    learn(field.getType());
}

void method_names::learn(capnp::Type type) {
  while (type.isList())
    type = type.asList().getElementType();
  if (type.isInterface()) learn(type.asInterface());
  if (type.isStruct()) learn(type.asStruct());
}

}  // namespace v4v::rpc
