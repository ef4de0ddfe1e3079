// The rings of other domains that a guest sends to, and the connections that use them.

#include <algorithm>
#include <cstddef>
#include <utility>

#include "guest_core.hpp"
#include "v4v/detail/connection.hpp"
#include "v4v/detail/listener.hpp"

namespace v4v::detail {

// One question for each of these rings: is it still there, and does what waits for it
// fit? The answer to one ring may make an end of connections to another, so each ring is looked up
// anew.
void guest_core::ask_about(section& s, const std::vector<endpoint>& addresses) {
  for (std::size_t next = 0; next < addresses.size();) {
    questions_.clear();
    for (; next < addresses.size() && questions_.size() < max_notify_; ++next) {
      const auto found = remote_rings_.find(addresses[next]);
      if (found == remote_rings_.end()) continue;
      questions_.ask(addresses[next], found->second->space_awaited());
    }
    space_freed_ = false;  // those who wait for this domain's rings are told by the same call
    const bool answered = link_->notify(questions_.data()) >= 0;
    for (const auto& entry : questions_.answers()) {
      if (answered) {
        answer(s, entry);
      } else {  // nobody knows which waits it still has: let the blocked try, which renews them
        resume(s, {entry.ring.domain, entry.ring.port});
      }
    }
  }
}

void guest_core::answer(section& s, const v4v_ring_data_ent& entry) {
  const auto found = remote_rings_.find({entry.ring.domain, entry.ring.port});
  if (found == remote_rings_.end()) return;
  remote_ring& ring = *found->second;
  // A ring of another generation is not the one that the connections were made to: its owner died,
  // or gave it up, and is back already.
  const bool same = (entry.flags & V4V_RING_EXISTS) != 0 && entry.generation == ring.generation;
  if (same) {
    ring.max_payload = entry.max_message_size;
    // Not enough room is to be waited for, unless the hypervisor says that it will not tell.
    const bool will_be_told = (entry.flags & V4V_RING_PENDING) != 0;
    if ((entry.flags & V4V_RING_SUFFICIENT) != 0 || !will_be_told) resume(s, ring.address);
    return;
  }
  ring_is_gone(s, ring);
}

void guest_core::ring_is_gone(section& s, remote_ring& ring) {
  std::vector<std::shared_ptr<sender>> users;  // the list, and the ring's record, go with them
  for (sender* c : ring.users)
    users.push_back(c->self());
  for (const auto& c : users)
    c->peer_ring_is_gone(s);
}

// ---- Those who send, and the rings that they send to

void guest_core::add(std::shared_ptr<listener> l) { listeners_.push_back(std::move(l)); }

void guest_core::add(const std::shared_ptr<connection>& c) {
  connections_.push_front(c);
  c->among_connections_ = connections_.begin();
  c->is_listed_ = true;
}

void guest_core::remove(connection& c) {
  if (std::exchange(c.is_listed_, false)) connections_.erase(c.among_connections_);
}

bool guest_core::attach(section& s, sender& c, const endpoint& address) {
  const v4v_ring_data_ent there = ask(address, remote_ring::space_awaited_at(address));
  auto found = remote_rings_.find(address);
  if (found != remote_rings_.end() && found->second->generation != there.generation) {
    ring_is_gone(s, *found->second);
    found = remote_rings_.end();
  }
  if ((there.flags & V4V_RING_EXISTS) == 0) return false;
  if (found == remote_rings_.end()) {
    auto fresh = std::make_unique<remote_ring>();
    fresh->address = address;
    fresh->max_payload = there.max_message_size;
    fresh->generation = there.generation;
    found = remote_rings_.emplace(address, std::move(fresh)).first;
    if (found->second->space_awaited() != 0) awaited_.insert(address);
  }
  remote_ring& ring = *found->second;
  ring.users.push_front(&c);
  c.among_users_ = ring.users.begin();
  c.peer_ = &ring;
  return true;
}

bool guest_core::exists(const endpoint& address) noexcept {
  return (ask(address).flags & V4V_RING_EXISTS) != 0;
}

bool guest_core::has_room(const remote_ring& ring, std::uint32_t bytes) noexcept {
  const std::uint16_t flags = ask(ring.address, bytes).flags;
  if ((flags & V4V_RING_SUFFICIENT) != 0) watch(ring);
  return (flags & V4V_RING_EXISTS) == 0 || (flags & V4V_RING_SUFFICIENT) != 0;
}

void guest_core::forget_owed(section& s, const endpoint& address) {
  const auto found = remote_rings_.find(address);
  if (found == remote_rings_.end()) return;
  const auto blocked = found->second->blocked;
  for (const auto& c : blocked)
    c->peer_begins_anew(s);
}

void guest_core::detach(section& s, sender& c) {
  if (c.peer_ == nullptr) return;
  if (c.blocked_) unblock(s, c);
  remote_ring& ring = *std::exchange(c.peer_, nullptr);
  ring.users.erase(c.among_users_);
  if (!ring.users.empty()) return;
  awaited_.erase(ring.address);
  remote_rings_.erase(endpoint(ring.address));
}

// Once nobody is blocked there, what was asked for them must not be the last question.
void guest_core::watch(const remote_ring& ring) noexcept {
  if (const std::uint32_t space = ring.space_awaited(); space != 0) {
    static_cast<void>(ask(ring.address, space));
  } else {
    awaited_.erase(ring.address);
  }
}

v4v_ring_data_ent guest_core::ask(const endpoint& address, std::uint32_t need) noexcept {
  // Where writers are blocked the question must be theirs: it replaces what is waited for.
  const auto found = remote_rings_.find(address);
  const bool blocked = found != remote_rings_.end() && !found->second->blocked.empty();
  if (blocked) need = found->second->space_awaited();
  struct {
    v4v_ring_data header;
    v4v_ring_data_ent entry;
  } one{{V4V_RING_DATA_MAGIC, 1, 0, {}}, {{address.port(), address.domain(), 0}, 0, 0, need, 0}};
  static_assert(offsetof(decltype(one), entry) == sizeof(v4v_ring_data));
  space_freed_ = false;
  if (link_->notify(&one.header) < 0) return {};
  return one.entry;
}

void guest_core::block(sender& c) {
  c.blocked_ = true;
  c.is_counted_ = !c.only_a_thread_waits();
  if (c.is_counted_) ++waiting_;
  awaited_.insert(c.peer_->address);
  c.peer_->blocked.push_back(c.self());
}

void guest_core::unblock(section& s, sender& c) {
  auto& blocked = c.peer_->blocked;
  const bool was_first = blocked.front().get() == &c;
  std::erase_if(blocked, [&](const auto& other) { return other.get() == &c; });
  if (blocked.empty()) watch(*c.peer_);
  c.blocked_ = false;
  if (c.is_counted_) --waiting_;
  if (was_first) resume(s, c.peer_->address);
}

// Lets the blocked send, in turn, until one finds no room. That attempt makes the hypervisor
// remember what it needs. What comes of it may be the end of connections, and of the ring's record,
// so that is looked up each time.
void guest_core::resume(section& s, const endpoint address) {
  for (;;) {
    const auto found = remote_rings_.find(address);
    if (found == remote_rings_.end() || found->second->blocked.empty()) return;
    const auto c = found->second->blocked.front();
    if (!c->resume_sending(s)) return;
    found->second->blocked.pop_front();
    if (found->second->blocked.empty()) watch(*found->second);
    c->blocked_ = false;
    if (c->is_counted_) --waiting_;
    c->all_was_sent(s);
  }
}

void guest_core::send_once(const endpoint& from, const endpoint& to, std::uint32_t flags,
                           std::uint32_t conid) noexcept {
  const v4v_stream_header header{flags, conid};
  const v4v_iov iov{reinterpret_cast<std::uintptr_t>(&header), sizeof header, 0};
  link_->sendv({{from.port(), from.domain(), 0}, {to.port(), to.domain(), 0}}, {&iov, 1},
               V4V_MESSAGE_STREAM);
}

}  // namespace v4v::detail
