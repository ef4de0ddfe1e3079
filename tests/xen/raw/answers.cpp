#include "answers.hpp"

#include <algorithm>
#include <cerrno>
#include <initializer_list>

#include "v4v/abi.h"

namespace v4v::raw {
namespace {

bool is_one_of(long result, std::initializer_list<int> errors) {
  return std::any_of(errors.begin(), errors.end(), [&](int e) { return result == -e; });
}

}  // namespace

bool is_named(std::uint64_t op, long result) {
  // Upper bits make it another operation, or are lost on the way.
  if (op >> 32 != 0) return result == -ENOSYS || is_named(op & 0xffffffff, result);
  switch (op) {
    case V4V_OP_register_ring:
      return result == 0 || is_one_of(result, {EINVAL, EEXIST, ENOSPC, EFAULT, ENOMEM});
    case V4V_OP_unregister_ring:
      return result == 0 || is_one_of(result, {EINVAL, ENOENT, EFAULT, ENOMEM});
    case V4V_OP_notify:
      return result == 0 || is_one_of(result, {EINVAL, ENOSPC, EFAULT, ENOMEM});
    case V4V_OP_sendv:
      return (result >= 0 && result <= static_cast<long>(v4v_max_payload(V4V_MAX_RING_LEN))) ||
             is_one_of(result, {EAGAIN, EMSGSIZE, ECONNREFUSED, ENOSPC, EFAULT, ENOMEM});
    case V4V_OP_info:
      return result == 0 || result == -EFAULT;
    case V4V_OP_activity:
      return result == 0 || is_one_of(result, {EINVAL, EFAULT, ENOMEM});
    case V4V_OP_tables_add:
    case V4V_OP_tables_del:
    case V4V_OP_tables_list:
    case V4V_OP_config:
      return result == -EPERM;
    default:
      return result == -ENOSYS;
  }
}

std::string_view operation_name(std::uint64_t op) {
  switch (op) {
    case V4V_OP_register_ring:
      return "register_ring";
    case V4V_OP_unregister_ring:
      return "unregister_ring";
    case V4V_OP_notify:
      return "notify";
    case V4V_OP_sendv:
      return "sendv";
    case V4V_OP_info:
      return "info";
    case V4V_OP_tables_add:
      return "tables_add";
    case V4V_OP_tables_del:
      return "tables_del";
    case V4V_OP_tables_list:
      return "tables_list";
    case V4V_OP_config:
      return "config";
    case V4V_OP_activity:
      return "activity";
    default:
      return "unknown";
  }
}

}  // namespace v4v::raw
