/*
 * Where Xen, which is C, and the core, which is C++, meet. bridge.cpp has what Xen's side calls;
 * tree/port.c has what the core's port asks of Xen.
 *
 * A `context` is the domain's struct v4v_domain (tree/v4v.c), a `self` its object in the core.
 */
#ifndef V4V_HV_XEN_BRIDGE_H
#define V4V_HV_XEN_BRIDGE_H

#ifdef __cplusplus
#include <cstddef>
#include <cstdint>
#pragma GCC visibility push(hidden)
extern "C" {
#else
#include <xen/types.h>
#endif

/* ---- What Xen's side calls ------------------------------------------------------------------ */

/* The answer that says: call again, later. Linux's and Xen's ERESTART. */
#define V4V_RESTART (-85L)

/* Once, before anything else. */
void v4v_core_begin(bool accept_by_default);

/* As hypervisor::create_domain and destroy_domain. A domain that is destroyed leaves its limits in
 * `limits`, and one that is created takes them from there, the usual ones if all of them are 0. */
struct v4v_core_limits {
  uint32_t rings, sendv, notify, send_size;
};
long v4v_core_create(uint16_t id, void* context, const struct v4v_core_limits* limits, void** self);
long v4v_core_destroy(void* self, struct v4v_core_limits* limits);

/* do_v4v_op of v4v/abi.h. After V4V_RESTART it is to be made again with the same arguments but for
 * arg4, where how far it has come is kept for the operations that have no fourth argument. */
long v4v_core_operate(void* self, uint32_t op, uint64_t arg1, uint64_t arg2, uint64_t arg3,
                      uint64_t* arg4);

void v4v_core_dump(void (*line)(const char* text));

/* ---- What the core's port asks of Xen: see core/port.hpp ------------------------------------- */

/* Of the domain that runs. */
bool v4v_port_copy_from_guest(const void* context, void* to, uint64_t from, size_t size);
bool v4v_port_copy_to_guest(const void* context, uint64_t to, const void* from, size_t size);

void* v4v_port_pin_page(const void* context, uint64_t pfn); /* null if there is none */
void v4v_port_unpin_page(void* page);

void* v4v_port_allocate(size_t size);
void v4v_port_free(void* memory);

/* `lock` is room for one. Read-write locks, and those that are never shared. */
#define V4V_PORT_LOCK_SIZE 32
void v4v_port_init_shared_lock(void* lock);
void v4v_port_write_lock(void* lock);
void v4v_port_write_unlock(void* lock);
void v4v_port_read_lock(void* lock);
void v4v_port_read_unlock(void* lock);
void v4v_port_init_exclusive_lock(void* lock);
void v4v_port_lock(void* lock);
void v4v_port_unlock(void* lock);

void v4v_port_send_event(const void* context);
uint32_t v4v_port_event_channel(const void* context);
bool v4v_port_is_privileged(const void* context);
bool v4v_port_should_yield(void);

#ifdef __cplusplus
/* Ends Xen, with a message. */
[[noreturn]]
#else
noreturn
#endif
void v4v_port_bug(const char* what);

#ifdef __cplusplus
}
#pragma GCC visibility pop
#endif

#endif
