#pragma once

#include "core/port.hpp"

namespace v4v::hv {

/// A lock that knows its level, so that no caller can name the wrong one.
template <lock_level Level>
struct leveled_lock {
  port_lock lock;

  explicit leveled_lock(port& host) noexcept { host.init_lock(lock, Level); }
};

/// Exclusive use of a lock for a scope: every way out of the scope releases it.
template <lock_level Level>
class [[nodiscard]] exclusive_guard {
 public:
  exclusive_guard(port& host, leveled_lock<Level>& lock) noexcept : host_{host}, lock_{lock} {
    host_.lock(lock_.lock, Level);
  }
  ~exclusive_guard() { host_.unlock(lock_.lock, Level); }
  exclusive_guard(const exclusive_guard&) = delete;
  exclusive_guard& operator=(const exclusive_guard&) = delete;

 private:
  port& host_;
  leveled_lock<Level>& lock_;
};

/// Shared use of a lock for a scope.
template <lock_level Level>
class [[nodiscard]] shared_guard {
 public:
  shared_guard(port& host, leveled_lock<Level>& lock) noexcept : host_{host}, lock_{lock} {
    host_.lock_shared(lock_.lock, Level);
  }
  ~shared_guard() { host_.unlock_shared(lock_.lock, Level); }
  shared_guard(const shared_guard&) = delete;
  shared_guard& operator=(const shared_guard&) = delete;

 private:
  port& host_;
  leveled_lock<Level>& lock_;
};

}  // namespace v4v::hv
