/* What V4V keeps for a domain: d->v4v. */
#ifndef __COMMON_V4V_DOMAIN_H__
#define __COMMON_V4V_DOMAIN_H__

#include <xen/rwlock.h>
#include <xen/tasklet.h>
#include <xen/timer.h>

#include "bridge.h"

struct v4v_domain {
    struct domain *domain;

    /* The event channel, bound to Xen at this end; the domain binds the other end to itself. */
    uint32_t port;

    /*
     * Calls hold it for reading, what ends the core's object or begins it anew for writing. Outside
     * of all of the core's locks.
     */
    rwlock_t lock;
    void *self;                    /* the core's object; NULL if it ended and could not begin anew */
    struct v4v_core_limits limits; /* for the next one */

    /*
     * The domain's rings are to go and it begins anew. Set by anybody, cleared by the tasklet under
     * the lock; while it is set no call gets to the core.
     */
    bool reset;
    struct tasklet tasklet;

    /*
     * What has the tasklet run. A reset is an event for every domain and takes the global lock, and
     * the domain can cause it at will: so there is some time between two of them, and between the
     * pieces of one.
     */
    struct timer timer;
    s_time_t not_before;

    bool dying;
};

#endif
