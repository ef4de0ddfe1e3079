/*
 * V4V: messages between domains through rings that their receivers own.
 *
 * What the rest of Xen calls. See common/v4v/.
 */
#ifndef __XEN_V4V_H__
#define __XEN_V4V_H__

#include <xen/types.h>

struct domain;

#ifdef CONFIG_V4V

/* A domain is created. */
int v4v_init(struct domain *d);

/*
 * A domain dies, and is paused, or could not be created: its rings go. -ERESTART: to be called
 * again. Before its event channels and its pages go.
 */
int v4v_destroy(struct domain *d);

/* Its structure is freed. */
void v4v_free(struct domain *d);

/* Its memory will be another kernel's: its rings go, and it begins anew. */
void v4v_soft_reset(struct domain *d);

/*
 * The other end of a channel of Xen's in d, at this port, has been closed. With d's event_lock
 * held.
 */
void v4v_channel_closed(struct domain *d, uint32_t port);

#else

static inline int v4v_init(struct domain *d) { return 0; }
static inline int v4v_destroy(struct domain *d) { return 0; }
static inline void v4v_free(struct domain *d) {}
static inline void v4v_soft_reset(struct domain *d) {}
static inline void v4v_channel_closed(struct domain *d, uint32_t port) {}

#endif

#endif
