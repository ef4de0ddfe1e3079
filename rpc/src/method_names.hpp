#pragma once

#include <capnp/schema.h>

#include <cstdint>
#include <unordered_map>

namespace v4v::rpc {

/// What errors call methods: "Calculator.evaluate". Known are those of one interface and of all
/// that can be reached from it, through superclasses and what methods take and give. They are
/// looked for when the first name is asked for.
class method_names {
 public:
  explicit method_names(kj::Maybe<capnp::InterfaceSchema> root) : root_{kj::mv(root)} {}

  /// "interface 0xb3f1a5d0c2e94d77 method 3" for those that are not known.
  [[nodiscard]] kj::String name(std::uint64_t interface_id, std::uint16_t method);

  [[nodiscard]] const kj::Maybe<capnp::InterfaceSchema>& root() const noexcept { return root_; }

 private:
  void learn(capnp::InterfaceSchema interface);
  void learn(capnp::StructSchema structure);
  void learn(capnp::Type type);

  kj::Maybe<capnp::InterfaceSchema> root_;
  bool learnt_ = false;
  std::unordered_map<std::uint64_t, capnp::Schema> known_;  // structs, too
};

}  // namespace v4v::rpc
