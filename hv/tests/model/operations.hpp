#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "v4v/abi.h"

namespace v4v::hv::testing {

// What guests do, as values: a script of these is generated, is read as sentences, and is played
// both to the reference and to the core.

using domain_id = std::uint16_t;

/// The domains of a script have the ids 1 to 4; each has room for six rings in its memory, the
/// first of which may be large, and for two activity pages.
inline constexpr domain_id first_domain = 1;
inline constexpr domain_id last_domain = 4;
inline constexpr std::size_t place_count = 6;
inline constexpr std::uint32_t largest_ring = 65536;
inline constexpr std::uint32_t largest_of_others = 8192;
inline constexpr std::uint32_t most_bytes_sent = largest_ring + 64;

/// A number of bytes of payload, as such or as seen from the ring that they are for: from the most
/// that it can ever take, or from the most that it can take now.
struct amount {
  enum class base { bytes, ever, now } from = base::bytes;
  std::int64_t offset = 0;
};

/// 0, or: in place of the ring that is named, the so-manieth of those that there are, counted round
/// and round. Most operations are about rings that exist, without knowing which these will be.
using nth_ring = std::uint32_t;

struct register_ring_op {
  domain_id caller = first_domain;
  std::size_t place = 0;
  std::uint32_t port = 1;
  domain_id partner = V4V_DOMAIN_ANY;
  std::uint32_t len = 32;
  std::uint32_t reserved = 0;  ///< The activity slot + 1.

  /// What the guest finds in its memory, or puts there.
  enum class content { nothing, bogus_tx, own_message, as_it_stands } found = content::nothing;
  std::uint32_t start = 0;  ///< Where rx_ptr is, in steps of 16 bytes, unless it is as it stands.

  enum class mistake {
    none,
    magic,
    any_port,
    short_len,
    long_len,
    odd_len,
    odd_address,
    page_too_few,
    page_too_many,
    no_such_page,
    no_such_header,
    odd_rx,
    rx_too_far
  } wrong = mistake::none;
};

struct unregister_ring_op {
  nth_ring nth = 0;
  domain_id caller = first_domain;
  std::uint32_t port = 1;
  domain_id partner = V4V_DOMAIN_ANY;
  enum class mistake { none, magic, no_such_header } wrong = mistake::none;
};

struct sendv_op {
  nth_ring nth = 0;
  bool as_partner = false;  ///< By whom that ring is for, if it lives.
  domain_id caller = first_domain;
  domain_id to = first_domain;
  std::uint32_t port = 1;
  std::uint32_t from_port = 7;
  domain_id claimed_domain = 0;
  amount size;
  std::uint32_t pieces = 1;
  std::uint32_t text = 0;  ///< Which bytes: see text_of().
  std::uint32_t type = V4V_MESSAGE_DGRAM;
  enum class mistake { none, address, vector, last_piece } wrong = mistake::none;
};

struct question {
  nth_ring nth = 0;
  domain_id to = first_domain;
  std::uint32_t port = 1;
  amount space;
};

struct notify_op {
  nth_ring nth = 0;  ///< Whose owner calls.
  domain_id caller = first_domain;
  bool asks = false;  ///< Else there is no block.
  std::vector<question> questions;
  enum class mistake { none, magic, no_such_block } wrong = mistake::none;
};

struct info_op {
  domain_id caller = first_domain;
};

struct tables_add_op {
  domain_id caller = first_domain;
  v4v_rule rule{};
  std::uint64_t position = 1;
  bool no_such_rule = false;
};

struct tables_del_op {
  domain_id caller = first_domain;
  bool by_rule = false;
  std::uint32_t nth = 0;  ///< 0, or: with the addresses of the so-manieth that there is.
  v4v_rule rule{};
  std::uint64_t position = 1;
};

struct tables_list_op {
  domain_id caller = first_domain;
  std::uint32_t start = 1;
  std::uint32_t count = 1;
};

struct config_op {
  domain_id caller = first_domain;
  v4v_config limits{};
};

struct activity_op {
  domain_id caller = first_domain;
  bool take_back = false;
  std::size_t page = 0;
  enum class mistake { none, odd_address, two_pages, no_such_page } wrong = mistake::none;
};

struct unknown_op {
  domain_id caller = first_domain;
  std::uint32_t op = 0;
};

// What a guest does to its own memory.

struct receive_op {
  nth_ring nth = 0;
  domain_id caller = first_domain;
  std::size_t place = 0;
  std::uint32_t count = 1;
};

struct meddle_op {
  nth_ring nth = 0;
  domain_id caller = first_domain;
  std::size_t place = 0;
  enum class deed { odd_rx, rx_at_end, huge_rx, mend_rx, spoil_the_rest } what = deed::odd_rx;
};

struct clear_bits_op {
  domain_id caller = first_domain;
};

// What happens to a domain, and to the host.

struct death_op {
  nth_ring nth = 0;     ///< Of one who waits there, if somebody does.
  bool reborn = false;  ///< The next thing that happens is a birth with the same id.
  domain_id caller = first_domain;
};

struct birth_op {
  domain_id caller = first_domain;
  bool privileged = false;
};

/// Rules about nobody, until there are all that there can be but one.
struct many_rules_op {
  domain_id caller = first_domain;
};

struct yield_op {
  domain_id caller = first_domain;  ///< No matter.
  std::uint64_t every = 0;
};

using operation =
    std::variant<register_ring_op, unregister_ring_op, sendv_op, notify_op, info_op, tables_add_op,
                 tables_del_op, tables_list_op, config_op, activity_op, unknown_op, receive_op,
                 meddle_op, clear_bits_op, death_op, birth_op, many_rules_op, yield_op>;

struct script {
  bool accept_by_default = true;
  std::vector<operation> operations;
};

[[nodiscard]] std::string sentence(const operation& o);

/// "EAGAIN", or the number.
[[nodiscard]] std::string name_of_result(long result);

/// The first word of the sentence about an operation, as `sendv`.
[[nodiscard]] std::string_view name_of(const operation& o);

/// What messages say: `size` bytes that differ with `which`.
[[nodiscard]] std::string_view text_of(std::uint32_t which, std::size_t size);

/// The header that a guest fills in to register a ring, with the mistake if it is one of the
/// header's. The positions matter unless the ring is registered as it stands.
[[nodiscard]] v4v_ring header_of(const register_ring_op& o);

/// The payload of a message that an owner finds in a ring that it registers.
inline constexpr std::string_view own_text = "found";

}  // namespace v4v::hv::testing
