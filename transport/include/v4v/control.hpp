#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "v4v/endpoint.hpp"

namespace v4v {

/// do_v4v_op of v4v/abi.h: >= 0, or a negative errno. Pointers are addresses of this process.
using hypercall_function =
    std::function<long(std::uint32_t op, std::uint64_t arg1, std::uint64_t arg2, std::uint64_t arg3,
                       std::uint64_t arg4)>;

/// What a domain can have and do at most. A hypervisor gives these unless it is told otherwise.
struct domain_limits {
  std::uint32_t rings = V4V_DEFAULT_MAX_RINGS;     ///< Rings at a time, up to V4V_MAX_RINGS.
  std::uint32_t vectors = V4V_DEFAULT_MAX_SENDV;   ///< Pieces of a send, up to V4V_MAX_SENDV.
  std::uint32_t entries = V4V_DEFAULT_MAX_NOTIFY;  ///< Questions of a notify, up to V4V_MAX_NOTIFY.
  std::uint32_t bytes = V4V_DEFAULT_MAX_SEND_SIZE;  ///< Of a message.

  friend bool operator==(const domain_limits&, const domain_limits&) = default;
};

/// What a hypervisor says to a domain about itself.
struct domain_info {
  domain_limits limits;
  std::uint32_t event_channel = 0;  ///< The port of its events, in Xen; 0 elsewhere.
};

/// Lets messages from one address to another pass, or does not. In either, any_domain and port 0
/// stand for all. The sender's domain cannot be forged; its port can be, so a rule about that alone
/// keeps out nobody who means harm.
struct rule {
  bool accept = false;
  endpoint from;
  endpoint to;

  friend bool operator==(const rule&, const rule&) = default;
};

/// The administration of V4V: the rules by which messages pass, and the limits of domains. For
/// each message the first rule that matches decides; if none does, it passes, unless the host says
/// otherwise.
///
/// All but info() is for privileged domains only, dom0 in Xen. There is no link, and there are no
/// rings: programs that use V4V may run beside this one.
///
/// Every function makes one hypercall and throws std::system_error if that fails, whose text says
/// what was wrong and what to do: operation_not_permitted in a domain without the privilege,
/// function_not_supported by a hypervisor without the operation; and std::bad_alloc.
///
/// Thread safety: that of the hypercall function, which is a hypervisor's own, so distinct and
/// shared objects are safe.
class control {
 public:
  /// `domain`: the one that makes the hypercalls, if that is known.
  explicit control(hypercall_function hypercall, std::optional<domain_type> domain = {});

  /// The domain that this program is, if it can know: a PV guest of Xen's cannot.
  [[nodiscard]] std::optional<domain_type> domain() const noexcept { return domain_; }

  /// What the hypervisor says to this domain. protocol_not_supported if it speaks another version
  /// of V4V.
  [[nodiscard]] domain_info info() const;

  /// All rules, in their order, as they were at one moment.
  [[nodiscard]] std::vector<rule> rules() const;

  static constexpr std::uint32_t at_end = std::numeric_limits<std::uint32_t>::max();

  /// Inserts a rule, so that it becomes the `position`-th, counted from 1, or the last if there
  /// are fewer. invalid_argument: the position is 0, or a domain is none; no_space_on_device:
  /// there are V4V_MAX_RULES rules.
  void add_rule(const rule& added, std::uint32_t position = at_end) const;

  /// Removes the `position`-th rule, counted from 1; the first one with these addresses; all.
  /// no_such_file_or_directory: there is no such rule; invalid_argument: the position is 0 or
  /// at_end.
  void remove_rule(std::uint32_t position) const;
  void remove_rule(const endpoint& from, const endpoint& to) const;
  void remove_all_rules() const;

  /// Gives a domain other limits; 0 is none of it. no_such_device_or_address: there is no such
  /// domain; device_or_resource_busy: it has rings already; invalid_argument: over what is the
  /// most.
  void set_limits(domain_type of, const domain_limits& limits) const;

 private:
  hypercall_function hypercall_;
  std::optional<domain_type> domain_;
};

/// The administration of the hypervisor that this program runs on: chosen as open_link() does, and
/// with the same errors. For Xen it needs the module xen-privcmd (not restricted) and root, and
/// works in PV guests, too.
[[nodiscard]] control open_control();

}  // namespace v4v
