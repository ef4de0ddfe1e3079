/* Part of the outside project that is C: the ABI header must do for a guest without any C++. */
#ifndef RING_IN_C_H
#define RING_IN_C_H

#include <v4v/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fills in the header of an empty ring at `port` with `len` bytes of data, for any partner. */
void ring_in_c_begin(struct v4v_ring* ring, uint32_t port, uint32_t len);

/* The payload bytes of the first message in the ring; *size says how many. */
const void* ring_in_c_first(struct v4v_ring* ring, uint32_t* size);

#ifdef __cplusplus
}
#endif

#endif
