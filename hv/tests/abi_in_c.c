/* abi.h as a C11 program sees it. */

#include "v4v/abi.h"

#include "abi_in_c.h"

V4V_STATIC_ASSERT(V4V_OP_register_ring == 1 && V4V_OP_activity == 11, "operations have numbers");

uint32_t abi_round_up32(uint32_t n) { return v4v_round_up32(n); }
uint64_t abi_round_up64(uint64_t n) { return v4v_round_up64(n); }
uint32_t abi_ring_pages(uint32_t len) { return v4v_ring_pages(len); }

size_t abi_data_offset(void) {
  static struct v4v_ring ring;
  return (size_t)(v4v_ring_bytes(&ring) - (uint8_t*)&ring);
}
