#pragma once

// The answers of the core: negative errno values, with Linux's numbers, which Xen uses too. They
// are negative here, so that no return statement can forget the sign. A hosted test compares them
// with <cerrno>, which is not there in a freestanding build.
namespace v4v::hv::error {

inline constexpr long not_permitted = -1;         // EPERM
inline constexpr long no_entry = -2;              // ENOENT
inline constexpr long again = -11;                // EAGAIN
inline constexpr long no_memory = -12;            // ENOMEM
inline constexpr long fault = -14;                // EFAULT
inline constexpr long busy = -16;                 // EBUSY
inline constexpr long exists = -17;               // EEXIST
inline constexpr long invalid = -22;              // EINVAL
inline constexpr long no_space = -28;             // ENOSPC
inline constexpr long no_operation = -38;         // ENOSYS
inline constexpr long restart = -85;              // ERESTART; for ports, never for guests
inline constexpr long message_size = -90;         // EMSGSIZE
inline constexpr long connection_refused = -111;  // ECONNREFUSED

}  // namespace v4v::hv::error
