#ifndef V4V_HV_TESTS_ABI_IN_C_H
#define V4V_HV_TESTS_ABI_IN_C_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

uint32_t abi_round_up32(uint32_t n);
uint64_t abi_round_up64(uint64_t n);
uint32_t abi_ring_pages(uint32_t len);
size_t abi_data_offset(void);

#ifdef __cplusplus
}
#endif

#endif
