/*
 * V4V in Xen: the hypercall, the life of domains, the boot option, the debug key.
 *
 * Boot option: v4v=<boolean>|reject. Off by default. "reject": no message passes that no rule
 * accepts.
 *
 * A domain's presence is its event channel. Programs of a guest drive V4V without their kernel's
 * help, and one that is killed cannot take its rings back; but its kernel closes the channel that
 * it had bound. Then all of the domain's rings go, its peers are told, and it begins anew, with the
 * limits that it had. Until that is complete its calls wait, so that the next program of the guest
 * finds nothing of the one before it.
 */
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/init.h>
#include <xen/keyhandler.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <xen/v4v.h>
#include <xen/xmalloc.h>

#include "bridge.h"
#include "domain.h"

static bool __read_mostly opt_v4v;
static bool __read_mostly opt_accept = true;

static int __init cf_check parse_v4v(const char *s)
{
    int given = parse_bool(s, NULL);

    if ( given >= 0 )
        opt_v4v = given;
    else if ( !*s )
        opt_v4v = true;
    else if ( !strcmp(s, "reject") )
    {
        opt_v4v = true;
        opt_accept = false;
    }
    else
        return -EINVAL;

    return 0;
}
custom_param("v4v", parse_v4v);

/* ---- To begin anew: how often ---- */

#define BETWEEN_RESETS MILLISECS(100)
#define BETWEEN_PIECES MILLISECS(1)

/*
 * From any context. A reset that was asked for and has not ended clearing is one with this one; once
 * `reset` is set the domain's calls wait.
 */
static void ask_for_reset(struct v4v_domain *v)
{
    v->reset = true;
    smp_mb();
    set_timer(&v->timer, max(NOW(), ACCESS_ONCE(v->not_before)));
}

/* ---- The hypercall ---- */

long do_v4v_op(unsigned int cmd, XEN_GUEST_HANDLE_PARAM(void) arg1,
               XEN_GUEST_HANDLE_PARAM(void) arg2, unsigned long arg3,
               unsigned long arg4)
{
    struct v4v_domain *v = current->domain->v4v;
    uint64_t fourth = arg4;
    bool ended = false;
    long rc;

    if ( !v )
        return -ENOSYS;

    /* Not to wait for the lock in Xen; and again with it, for then it is certain. */
    if ( ACCESS_ONCE(v->reset) )
        rc = V4V_RESTART;
    else
    {
        read_lock(&v->lock);
        if ( ACCESS_ONCE(v->reset) )
            rc = V4V_RESTART;
        else if ( !v->self )
        {
            ended = true;
            rc = -ENOMEM;
        }
        else
            rc = v4v_core_operate(v->self, cmd, (unsigned long)arg1.p,
                                  (unsigned long)arg2.p, arg3, &fourth);
        read_unlock(&v->lock);
    }

    if ( unlikely(rc == V4V_RESTART) )
        rc = hypercall_create_continuation(__HYPERVISOR_v4v_op, "ihhll", cmd,
                                           arg1, arg2, arg3,
                                           (unsigned long)fourth);
    else if ( unlikely(ended) )
        /* It could not begin anew. Next time, perhaps. */
        ask_for_reset(v);

    return rc;
}

/* ---- The life of domains ---- */

/*
 * A piece of the work. `reset` is cleared between the end of the one and the beginning of the
 * other: a channel that is closed later sets it again, and has the tasklet run once more.
 */
static void reset_piece(struct v4v_domain *v)
{
    long rc = 0;

    write_lock(&v->lock);
    if ( ACCESS_ONCE(v->reset) && !v->dying )
    {
        if ( v->self )
            rc = v4v_core_destroy(v->self, &v->limits);
        if ( rc == 0 )
        {
            v->self = NULL;
            v->not_before = NOW() + BETWEEN_RESETS;
            v->reset = false;
            smp_mb();
            rc = v4v_core_create(v->domain->domain_id, v, &v->limits, &v->self);
            if ( rc )
                printk(XENLOG_G_ERR "v4v: %pd cannot begin anew: %ld\n",
                       v->domain, rc);
        }
    }
    write_unlock(&v->lock);
}

static void cf_check reset_tasklet(void *context)
{
    struct v4v_domain *v = context;

    reset_piece(v);
    if ( ACCESS_ONCE(v->reset) )
        set_timer(&v->timer, max(NOW() + BETWEEN_PIECES,
                                 ACCESS_ONCE(v->not_before)));
}

static void cf_check reset_timer(void *context)
{
    struct v4v_domain *v = context;

    tasklet_schedule(&v->tasklet);
}

/* The domain has notified Xen on the channel, which says nothing. */
static void cf_check notified(struct vcpu *v, unsigned int port)
{
}

int v4v_init(struct domain *d)
{
    struct v4v_domain *v;
    int rc;

    if ( !opt_v4v )
        return 0;

    v = xzalloc(struct v4v_domain);
    if ( !v )
        return -ENOMEM;
    v->domain = d;
    rwlock_init(&v->lock);
    tasklet_init(&v->tasklet, reset_tasklet, v);
    init_timer(&v->timer, reset_timer, v, smp_processor_id());

    rc = alloc_unbound_xen_event_channel(d, 0, d->domain_id, notified);
    if ( rc >= 0 )
    {
        /* Goes with the domain's other channels. */
        v->port = rc;
        rc = v4v_core_create(d->domain_id, v, &v->limits, &v->self);
    }
    if ( rc < 0 )
    {
        kill_timer(&v->timer);
        xfree(v);
        return rc;
    }
    d->v4v = v;

    return 0;
}

int v4v_destroy(struct domain *d)
{
    struct v4v_domain *v = d->v4v;
    long rc;

    if ( !v )
        return 0;

    if ( !v->dying )
    {
        v->dying = true;
        kill_timer(&v->timer);
        tasklet_kill(&v->tasklet);
    }
    if ( !v->self )
        return 0;
    rc = v4v_core_destroy(v->self, &v->limits);
    if ( rc )
        return rc;
    v->self = NULL;

    return 0;
}

void v4v_free(struct domain *d)
{
    ASSERT(!d->v4v || !d->v4v->self);
    XFREE(d->v4v);
}

/*
 * With the first piece nobody knows the domain any more, so Xen writes to its pages no more; the
 * tasklet does the rest, and until then its calls wait.
 */
void v4v_soft_reset(struct domain *d)
{
    struct v4v_domain *v = d->v4v;

    if ( !v || v->dying )
        return;
    v->reset = true;
    reset_piece(v);
    if ( ACCESS_ONCE(v->reset) )
        ask_for_reset(v);
}

/* The domain's event_lock is held, so the work is the tasklet's. */
void v4v_channel_closed(struct domain *d, uint32_t port)
{
    struct v4v_domain *v = d->v4v;

    if ( v && v->port == port && !d->is_dying )
        ask_for_reset(v);
}

/* ---- For people ---- */

static void cf_check print_line(const char *text)
{
    printk("v4v: %s\n", text);
}

static void cf_check dump_v4v(unsigned char key)
{
    v4v_core_dump(print_line);
}

/* Before dom0 is created. */
static int __init cf_check v4v_begin(void)
{
    if ( !opt_v4v )
        return 0;

    v4v_core_begin(opt_accept);
    register_keyhandler('4', dump_v4v, "dump V4V rings", 1);
    printk("V4V is enabled; what no rule is about is %s\n",
           opt_accept ? "accepted" : "rejected");

    return 0;
}
presmp_initcall(v4v_begin);

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
