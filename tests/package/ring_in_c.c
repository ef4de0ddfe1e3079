#include "ring_in_c.h"

#include <string.h>

void ring_in_c_begin(struct v4v_ring* ring, uint32_t port, uint32_t len) {
  memset(ring, 0, sizeof *ring);
  ring->magic = V4V_RING_MAGIC;
  ring->id.addr.port = port;
  ring->id.partner = V4V_DOMAIN_ANY;
  ring->len = len;
}

const void* ring_in_c_first(struct v4v_ring* ring, uint32_t* size) {
  struct v4v_message_header header;
  memcpy(&header, v4v_ring_bytes(ring) + ring->rx_ptr, sizeof header);
  *size = header.len - (uint32_t)sizeof header;
  return v4v_ring_bytes(ring) + ring->rx_ptr + sizeof header;
}
