/*
 * The contract between a guest and the hypervisor side of V4V.
 *
 * V4V moves messages between the domains of one host through rings. The *receiving* domain owns
 * a ring and the *hypervisor alone* writes messages into it. A sender never maps the receiver's
 * memory: it makes a hypercall, the hypervisor copies, the receiver gets an event. That gives one
 * copy, nothing shared between guests, and a source domain that no guest can forge.
 *
 * The numbers and layouts are those of the V4V patch series for Xen, version 9, with the points
 * settled that its public review raised. Two operations (config, activity) are this project's
 * additions; a hypervisor without them answers -ENOSYS and a guest must work without them.
 *
 * Usable from C11 and from C++20. Every integer is little-endian in guest memory and naturally
 * aligned; no structure needs packing, and every size and offset is asserted below.
 *
 * Calling convention
 * ------------------
 *   long do_v4v_op(op, arg1, arg2, arg3, arg4)      hypercall V4V_HYPERCALL (39)
 *
 * A result >= 0 is success, a negative one is -errno (never a positive errno). Pointers are guest
 * addresses; the hypervisor reads through them during the call only and keeps none of them.
 */
#ifndef V4V_ABI_H
#define V4V_ABI_H

#ifdef __cplusplus
#include <cstddef>
#include <cstdint>
#define V4V_STATIC_ASSERT static_assert
#else
#include <stddef.h>
#include <stdint.h>
#define V4V_STATIC_ASSERT _Static_assert
#endif

/* ---- Constants ------------------------------------------------------------------------------ */

/* First word of a ring header and of a notify block; a wrong one is -EINVAL. */
#define V4V_RING_MAGIC UINT64_C(0xa822f72bb0b9d8cc)
#define V4V_RING_DATA_MAGIC UINT64_C(0x45fe852220b801d4)

/* v4v_message_header.message_type. The hypervisor passes it on and never interprets it. */
#define V4V_MESSAGE_DGRAM UINT32_C(0x3c2c1db8)
#define V4V_MESSAGE_STREAM UINT32_C(0x70f6a8e5)

/* "Any domain" as the partner of a ring, and in rules (the number of Xen's DOMID_INVALID). */
#define V4V_DOMAIN_ANY UINT16_C(0x7ff4)

/* "Any port". Has this meaning in rules only: a ring cannot be registered at it. */
#define V4V_PORT_ANY UINT32_C(0)

#define V4V_HYPERCALL 39
#define V4V_PAGE_SIZE 4096u

/* Messages start at multiples of this many bytes in a ring. */
#define V4V_MESSAGE_ALIGNMENT 16u

/* Largest v4v_ring.len; also the size of the smallest ring that can hold one message. */
#define V4V_MAX_RING_LEN UINT32_C(0x1000000)
#define V4V_MIN_RING_LEN UINT32_C(32)

/* Limits of a domain unless the privileged operation `config` says otherwise, and the most that it
 * can say; there is no such bound for max_send_size, as no message is larger than a ring. */
#define V4V_DEFAULT_MAX_RINGS 128u
#define V4V_DEFAULT_MAX_SENDV 128u
#define V4V_DEFAULT_MAX_NOTIFY 256u
#define V4V_DEFAULT_MAX_SEND_SIZE UINT32_C(0x2000000)
#define V4V_MAX_RINGS 32768u
#define V4V_MAX_SENDV 128u
#define V4V_MAX_NOTIFY 65536u

/* The most domains that can wait for space in one ring. */
#define V4V_MAX_WAITERS 256u

/* The most rules that there can be, for all domains together. */
#define V4V_MAX_RULES 4096u

/* The bits of an activity page, and the two that also tell of events that no message led to. */
#define V4V_ACTIVITY_SLOTS 32768u
#define V4V_ACTIVITY_ROOM 0u /* what the domain waits for may be there: space, a ring for it */
#define V4V_ACTIVITY_GONE 1u /* rings that it may send to are gone */

/* ---- Structures ----------------------------------------------------------------------------- */

/* One piece of a message to send: `len` bytes at guest address `base`. `len` may be 0. */
struct v4v_iov {
  uint64_t base;
  uint32_t len;
  uint32_t pad;
};

/* Where a message comes from or goes to. */
struct v4v_addr {
  uint32_t port;
  uint16_t domain;
  uint16_t pad;
};

/* What names a ring. `addr.domain` is its owner; only `partner` may send to it, or everybody when
 * that is V4V_DOMAIN_ANY. A domain may own one ring for each (port, partner) pair. */
struct v4v_ring_id {
  struct v4v_addr addr;
  uint16_t partner;
  uint16_t pad;
};

/* Argument of sendv. `src.domain` is ignored: the hypervisor always uses the caller's own domain,
 * in the message, in the rules and to choose the ring. `src.port` is the sender's own claim and
 * proves nothing; who replies to it must be ready for the sender to have lied about it. */
struct v4v_send_addr {
  struct v4v_addr src;
  struct v4v_addr dst;
};

/*
 * The header of a ring, at the start of its first page; `len` bytes of data follow it at once
 * (v4v_ring_bytes), so a ring occupies 64 + len bytes.
 *
 * The ring is empty when rx_ptr == tx_ptr, so it never fills to the last byte: the largest payload
 * that it can ever take is len - 32 (v4v_max_payload).
 *
 * rx_ptr is written by the owning domain alone and tx_ptr by the hypervisor alone. Both are offsets
 * into the data, multiples of 16 and less than len. Each side loads and stores them atomically: the
 * owner loads tx_ptr with acquire order before it reads messages, and stores rx_ptr with release
 * order after it has read them; the hypervisor does the mirror image of both.
 *
 * An rx_ptr that is out of range or not a multiple of 16 is the owner's mistake. It costs the
 * owner its messages (senders are answered -EAGAIN until it is mended) and nobody else anything.
 */
struct v4v_ring {
  uint64_t magic;
  struct v4v_ring_id id;
  uint32_t len;
  uint32_t rx_ptr;
  uint32_t tx_ptr;
  /* The first four bytes are the ring's activity slot + 1 as a u32, read when the ring is
   * registered. 0, or more than V4V_ACTIVITY_SLOTS: the ring has none. The rest is 0. */
  uint8_t reserved[32];
};

/*
 * What precedes every message in a ring. `len` counts these 16 bytes and the exact payload; on the
 * ring a message takes 16 bytes plus its payload rounded up to 16 (v4v_round_up). `source.domain`
 * was put there by the hypervisor and cannot be forged; `source.port` is what the sender claimed.
 *
 * A header never wraps: positions are multiples of 16 and so is every ring's len. A payload may.
 */
struct v4v_message_header {
  uint32_t len;
  uint32_t message_type;
  struct v4v_addr source;
};

/* v4v_ring_data_ent.flags */
#define V4V_RING_EMPTY 1u      /* the ring holds no message */
#define V4V_RING_EXISTS 2u     /* there is such a ring for the caller, and no rule hides it */
#define V4V_RING_PENDING 4u    /* not enough space: the caller gets an event when there is */
#define V4V_RING_SUFFICIENT 8u /* space_required bytes of payload fit now */

/* One question of notify, answered in place. `ring` and `space_required` (bytes of payload) are
 * read; `flags`, `generation` and `max_message_size` (the largest payload that this ring can ever
 * take) are written, and nothing else. For a ring that does not exist all answers are 0.
 *
 * `generation` is another one for each ring that domains with one id register: two answers for one
 * address that differ in it are about two rings, the first of which is gone or gave way to a ring
 * for the caller alone. It comes round after 65,535 of them, and two owners may have the same. 0
 * says nothing: a hypervisor of version 9, which knows only padding here, leaves what the guest put
 * there, and that should be 0.
 */
struct v4v_ring_data_ent {
  struct v4v_addr ring;
  uint16_t flags;
  uint16_t generation;
  uint32_t space_required;
  uint32_t max_message_size;
};

/* Argument of notify: this header, then `nent` entries (v4v_ring_data_entries). */
struct v4v_ring_data {
  uint64_t magic;
  uint32_t nent;
  uint32_t pad;
  uint64_t reserved[4];
};

/* Answer of info. `evtchn` is the event channel port on which this domain gets its events, where
 * the hypervisor has event channels, else 0. The rest are the limits of the calling domain. */
struct v4v_info {
  uint64_t ring_magic;
  uint64_t data_magic;
  uint32_t evtchn;
  uint32_t max_rings;
  uint32_t max_sendv;
  uint32_t max_notify;
  uint32_t max_send_size;
  uint32_t pad;
};

/* Argument of config: the limits to give to domain `target_id`. */
struct v4v_config {
  uint32_t max_rings;
  uint32_t max_sendv;
  uint32_t max_notify;
  uint32_t max_send_size;
  uint16_t target_id;
  uint16_t pad;
};

/* A rule accepts (accept != 0) or rejects messages from `src` to `dst`. V4V_DOMAIN_ANY and
 * V4V_PORT_ANY match everything in their field. The domain of `src` is compared with the sender's
 * own, which it cannot forge; the port with what it claims, so a rule about that alone keeps out
 * nobody who means harm. */
struct v4v_rule {
  struct v4v_addr src;
  struct v4v_addr dst;
  uint32_t accept;
};

/* Argument of tables_list: this header, then room for `nb_rules` rules (v4v_rule_list_rules). */
struct v4v_rule_list {
  uint32_t start_rule;
  uint32_t nb_rules;
};

/* First bytes of the payload of a V4V_MESSAGE_STREAM message. The hypervisor does not look at it;
 * it is an agreement between guests. */
struct v4v_stream_header {
  uint32_t flags;
  uint32_t conid;
};

/* v4v_stream_header.flags; 0 means data. The last two are this project's: a peer that knows only
 * the others gets a connection without them (docs/stream-protocol.md). */
#define V4V_STREAM_SYN 0x1u
#define V4V_STREAM_ACK 0x2u
#define V4V_STREAM_RST 0x4u
#define V4V_STREAM_PING 0x100u
#define V4V_STREAM_PONG 0x200u
#define V4V_STREAM_EXTENDED 0x10000u /* in a SYN, and taken up in the ACK: data ports, and FIN */
#define V4V_STREAM_FIN 0x20000u      /* nothing more comes from this side */

/* ---- Operations ----------------------------------------------------------------------------- */

/* The first argument of do_v4v_op. Arguments not named must be 0. Errors common to all: -EFAULT
 * when a guest address cannot be read or written, -ENOMEM when the hypervisor has no memory left,
 * -ENOSYS for an operation it does not have. */
enum v4v_op {
  /*
   * register_ring(v4v_ring *ring, u64 pfn[npage], u32 npage)
   *
   * Gives the hypervisor a ring to fill. `ring` is readable and writable guest memory, the pfns
   * name the pages that hold it, in order, beginning with the page of the header; the pages stay
   * pinned until the ring is unregistered or the domain ends. The header must be filled in:
   * magic; id with the wanted port (not V4V_PORT_ANY) and partner (id.addr.domain is ignored, the
   * hypervisor uses the caller's); len, a multiple of 16 from V4V_MIN_RING_LEN to V4V_MAX_RING_LEN;
   * rx_ptr, a multiple of 16 less than len; tx_ptr likewise, or else it is set to rx_ptr (a sane
   * one is kept, so that a ring survives suspend and re-registration with its messages). The
   * positions are read last, from the page that pfn[0] names, and only for a ring that the caller
   * does not have yet. The partner, if there is one, gets an event: what it sends goes to this ring
   * from now on, though it may have waited for space in the one for any domain.
   *
   *  -EINVAL  bad magic, port, len or rx_ptr; `ring` is not page-aligned; npage is not exactly the
   *           number of pages that 64 + len bytes take
   *  -EEXIST  the caller has a ring with this id
   *  -ENOSPC  the caller has max_rings rings
   *  -EFAULT  a pfn does not name a page that this domain may have written
   */
  V4V_OP_register_ring = 1,

  /*
   * unregister_ring(v4v_ring *ring)
   *
   * Takes back the ring named by ring->id (magic and id are read; len and the positions are not).
   * When it returns the hypervisor writes to it no more and its pages are released. Domains that
   * wait for space in it, and its partner if it has one, get an event.
   *
   *  -EINVAL  bad magic
   *  -ENOENT  the caller has no such ring
   */
  V4V_OP_unregister_ring = 2,

  /*
   * notify(v4v_ring_data *data or null)
   *
   * Two things at once. First, every domain that waits for space in one of the *caller's* rings
   * and now finds enough gets its event: a receiver calls this after it moved rx_ptr. Second, when
   * data is not null, each of its entries asks about *another* ring: does it exist for the caller,
   * does space_required fit? Where it does not fit, the caller is remembered and gets an event
   * once it does; a later question about the same ring replaces what is waited for, larger or
   * smaller. The ring considered is the one that sendv would choose. A ring that the rules hide
   * from the caller, whatever port it sends from, looks like no ring. An entry that says
   * V4V_RING_EXISTS and neither V4V_RING_SUFFICIENT nor V4V_RING_PENDING has not been remembered,
   * because V4V_MAX_WAITERS other domains wait for that ring, or for lack of memory: no event will
   * come, ask again later.
   *
   * An error is about the second half: the first is done by then, and so are the entries before the
   * one that could not be read or written.
   *
   *  -EINVAL  bad magic
   *  -ENOSPC  nent is over max_notify
   */
  V4V_OP_notify = 4,

  /*
   * sendv(v4v_send_addr *addr, v4v_iov iov[niov], u32 niov, u32 message_type)
   *
   * Sends the concatenation of the pieces as one message to addr->dst: to the ring that its owner
   * registered for the caller as partner, else to the one for any domain. Returns the number of
   * payload bytes. All or nothing: after an error the receiver sees no part of the message. The
   * vector is read once; what it said then is what counts.
   *
   *  -EAGAIN        no room now; the caller is remembered and gets an event when there is
   *  -EMSGSIZE      the message can never fit that ring, or its size is over max_send_size or
   *                 overflows
   *  -ECONNREFUSED  no such domain, no such ring, or a rule rejects it: the three look alike
   *  -ENOSPC        niov is over max_sendv
   *  -ENOMEM        no room now, and the caller is not remembered, because V4V_MAX_WAITERS other
   *                 domains wait for that ring, or for lack of memory: no event will come
   */
  V4V_OP_sendv = 5,

  /* info(v4v_info *info): fills in *info for the calling domain. */
  V4V_OP_info = 6,

  /*
   * tables_add(v4v_rule *rule, 0, u32 position)      privileged
   *
   * Inserts a rule so that it becomes the position-th; positions count from 1, any past the end
   * means the end. For each message the first rule that matches decides; if none does, the default
   * policy, which accepts unless the host says otherwise.
   *
   *  -EINVAL  position is 0, or the domain in src or dst is over V4V_DOMAIN_ANY
   *  -ENOSPC  there are V4V_MAX_RULES rules
   *  -EPERM   the caller is not privileged
   */
  V4V_OP_tables_add = 7,

  /*
   * tables_del(v4v_rule *rule or null, 0, u32 position)      privileged
   *
   * position >= 1 deletes that rule. Position 0 (or (u32)-1, as callers of version 9 pass) deletes
   * the first rule with the same src and dst as *rule (`accept` is not compared), or all rules
   * when rule is null.
   *
   *  -ENOENT  no such rule;   -EPERM  the caller is not privileged
   */
  V4V_OP_tables_del = 8,

  /*
   * tables_list(v4v_rule_list *list)      privileged
   *
   * Copies up to list->nb_rules rules, from the start_rule-th on (counted from 1), behind *list and
   * then sets nb_rules to how many there were; 0 past the end. All of them are of one moment.
   *
   *  -EINVAL  start_rule or nb_rules is 0;   -EPERM  the caller is not privileged
   */
  V4V_OP_tables_list = 9,

  /*
   * config(v4v_config *config)      privileged
   *
   * Sets the limits of a domain that has no ring yet. 0 is a limit: none of it.
   *
   *  -ENOENT  no such domain
   *  -EBUSY   it has rings
   *  -EINVAL  max_rings, max_sendv or max_notify is over V4V_MAX_RINGS, V4V_MAX_SENDV or
   *           V4V_MAX_NOTIFY
   *  -EPERM   the caller is not privileged
   */
  V4V_OP_config = 10,

  /*
   * activity(u64 bits[512] or null, u64 pfn[1], u32 1)
   *
   * Gives the hypervisor a page of V4V_ACTIVITY_SLOTS bits, in place of the one that it had, or
   * takes that back. When a message lands in a ring whose header named slot s (reserved[0..3] is
   * s + 1 at registration), bit s % 64 of bits[s / 64] is set atomically before the event is sent,
   * so that a guest with many rings looks only at those with work: it clears bits with an atomic
   * exchange (acquire), then looks at their rings.
   *
   * Likewise before each event that is not about a message: bit V4V_ACTIVITY_ROOM when space that
   * the domain waits for has become free, when a ring in which it waits goes, and when a ring is
   * registered for it as partner; bit V4V_ACTIVITY_GONE when a ring that it is the partner of is
   * unregistered, and when any domain ends. So a guest whose rings all have slots knows from the
   * page what an event is about. A ring may name these slots, too, and then shares the bit.
   *
   * The hypervisor sets bits and does nothing else to the page, which stays pinned until it is
   * taken back or the domain ends. Of messages that came before it says nothing: after a page was
   * given every ring is worth a look, and so is a ring that was registered with messages in it.
   * Rings with the same slot share a bit.
   *
   * With null the other arguments are not looked at.
   *
   *  -EINVAL  bits is not page-aligned, or arg3 is not 1
   *  -EFAULT  the pfn does not name a page that this domain may have written
   */
  V4V_OP_activity = 11
};

/* ---- Layout arithmetic ---------------------------------------------------------------------- */

/* Bytes that a payload of n bytes takes on a ring, without its header. In the operand's own type,
 * one function for each width, so that nothing is cut off. */
static inline uint32_t v4v_round_up32(uint32_t n) { return (n + UINT32_C(0xf)) & ~UINT32_C(0xf); }
static inline uint64_t v4v_round_up64(uint64_t n) { return (n + UINT64_C(0xf)) & ~UINT64_C(0xf); }

/* The largest payload that a ring with `len` bytes of data can ever take; len >= 32. */
static inline uint32_t v4v_max_payload(uint32_t len) { return len - 32u; }

/* Bytes that a ring with `len` bytes of data occupies, and the pages that it needs. */
static inline uint64_t v4v_ring_size(uint32_t len) { return UINT64_C(64) + len; }
static inline uint32_t v4v_ring_pages(uint32_t len) {
  return (uint32_t)((v4v_ring_size(len) + V4V_PAGE_SIZE - 1) / V4V_PAGE_SIZE);
}

/* The data of a ring, the entries of a notify block, the rules of a list: what follows a header. */
static inline uint8_t* v4v_ring_bytes(struct v4v_ring* ring) { return (uint8_t*)(ring + 1); }
static inline struct v4v_ring_data_ent* v4v_ring_data_entries(struct v4v_ring_data* data) {
  return (struct v4v_ring_data_ent*)(data + 1);
}
static inline struct v4v_rule* v4v_rule_list_rules(struct v4v_rule_list* list) {
  return (struct v4v_rule*)(list + 1);
}

/* ---- Assertions ----------------------------------------------------------------------------- */

#define V4V_ASSERT_SIZE(type, size) \
  V4V_STATIC_ASSERT(sizeof(struct type) == (size), #type " is " #size " bytes")
#define V4V_ASSERT_OFFSET(type, field, at) \
  V4V_STATIC_ASSERT(offsetof(struct type, field) == (at), #type "." #field " is at " #at)

V4V_ASSERT_SIZE(v4v_iov, 16);
V4V_ASSERT_OFFSET(v4v_iov, base, 0);
V4V_ASSERT_OFFSET(v4v_iov, len, 8);
V4V_ASSERT_OFFSET(v4v_iov, pad, 12);

V4V_ASSERT_SIZE(v4v_addr, 8);
V4V_ASSERT_OFFSET(v4v_addr, port, 0);
V4V_ASSERT_OFFSET(v4v_addr, domain, 4);
V4V_ASSERT_OFFSET(v4v_addr, pad, 6);

V4V_ASSERT_SIZE(v4v_ring_id, 12);
V4V_ASSERT_OFFSET(v4v_ring_id, addr, 0);
V4V_ASSERT_OFFSET(v4v_ring_id, partner, 8);
V4V_ASSERT_OFFSET(v4v_ring_id, pad, 10);

V4V_ASSERT_SIZE(v4v_send_addr, 16);
V4V_ASSERT_OFFSET(v4v_send_addr, src, 0);
V4V_ASSERT_OFFSET(v4v_send_addr, dst, 8);

V4V_ASSERT_SIZE(v4v_ring, 64);
V4V_ASSERT_OFFSET(v4v_ring, magic, 0);
V4V_ASSERT_OFFSET(v4v_ring, id, 8);
V4V_ASSERT_OFFSET(v4v_ring, len, 20);
V4V_ASSERT_OFFSET(v4v_ring, rx_ptr, 24);
V4V_ASSERT_OFFSET(v4v_ring, tx_ptr, 28);
V4V_ASSERT_OFFSET(v4v_ring, reserved, 32);

V4V_ASSERT_SIZE(v4v_message_header, 16);
V4V_ASSERT_OFFSET(v4v_message_header, len, 0);
V4V_ASSERT_OFFSET(v4v_message_header, message_type, 4);
V4V_ASSERT_OFFSET(v4v_message_header, source, 8);

V4V_ASSERT_SIZE(v4v_ring_data_ent, 20);
V4V_ASSERT_OFFSET(v4v_ring_data_ent, ring, 0);
V4V_ASSERT_OFFSET(v4v_ring_data_ent, flags, 8);
V4V_ASSERT_OFFSET(v4v_ring_data_ent, generation, 10);
V4V_ASSERT_OFFSET(v4v_ring_data_ent, space_required, 12);
V4V_ASSERT_OFFSET(v4v_ring_data_ent, max_message_size, 16);

V4V_ASSERT_SIZE(v4v_ring_data, 48);
V4V_ASSERT_OFFSET(v4v_ring_data, magic, 0);
V4V_ASSERT_OFFSET(v4v_ring_data, nent, 8);
V4V_ASSERT_OFFSET(v4v_ring_data, pad, 12);
V4V_ASSERT_OFFSET(v4v_ring_data, reserved, 16);

V4V_ASSERT_SIZE(v4v_info, 40);
V4V_ASSERT_OFFSET(v4v_info, ring_magic, 0);
V4V_ASSERT_OFFSET(v4v_info, data_magic, 8);
V4V_ASSERT_OFFSET(v4v_info, evtchn, 16);
V4V_ASSERT_OFFSET(v4v_info, max_rings, 20);
V4V_ASSERT_OFFSET(v4v_info, max_sendv, 24);
V4V_ASSERT_OFFSET(v4v_info, max_notify, 28);
V4V_ASSERT_OFFSET(v4v_info, max_send_size, 32);
V4V_ASSERT_OFFSET(v4v_info, pad, 36);

V4V_ASSERT_SIZE(v4v_config, 20);
V4V_ASSERT_OFFSET(v4v_config, max_rings, 0);
V4V_ASSERT_OFFSET(v4v_config, max_sendv, 4);
V4V_ASSERT_OFFSET(v4v_config, max_notify, 8);
V4V_ASSERT_OFFSET(v4v_config, max_send_size, 12);
V4V_ASSERT_OFFSET(v4v_config, target_id, 16);
V4V_ASSERT_OFFSET(v4v_config, pad, 18);

V4V_ASSERT_SIZE(v4v_rule, 20);
V4V_ASSERT_OFFSET(v4v_rule, src, 0);
V4V_ASSERT_OFFSET(v4v_rule, dst, 8);
V4V_ASSERT_OFFSET(v4v_rule, accept, 16);

V4V_ASSERT_SIZE(v4v_rule_list, 8);
V4V_ASSERT_OFFSET(v4v_rule_list, start_rule, 0);
V4V_ASSERT_OFFSET(v4v_rule_list, nb_rules, 4);

V4V_ASSERT_SIZE(v4v_stream_header, 8);
V4V_ASSERT_OFFSET(v4v_stream_header, flags, 0);
V4V_ASSERT_OFFSET(v4v_stream_header, conid, 4);

/* A header never wraps: it is as long as the step between positions, so wherever one starts before
 * the end of the data, all of it is before the end. */
V4V_STATIC_ASSERT(sizeof(struct v4v_message_header) == V4V_MESSAGE_ALIGNMENT,
                  "a message header is exactly one alignment step");

#endif /* V4V_ABI_H */
