/*
 * What the core's port asks of Xen (core/port.hpp), with Xen's own means.
 */
#include <xen/domain_page.h>
#include <xen/event.h>
#include <xen/guest_access.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <xen/spinlock.h>
#include <xen/xmalloc.h>

#include "bridge.h"
#include "domain.h"

static struct domain *domain_of(const void *context)
{
    return ((const struct v4v_domain *)context)->domain;
}

/*
 * ---- Guest memory
 *
 * By the addresses of the domain that makes the call, with its page tables as they are: what is not
 * there is a fault, and nothing waits for it to come.
 */

/*
 * V4V's structures hold addresses of 64 bits, also those of a 32-bit guest, for which Xen takes it
 * that no address is above 4 GiB, and has things of its own there.
 */
static bool is_guests(const void *context, uint64_t at, size_t size)
{
    ASSERT(domain_of(context) == current->domain);
#ifdef CONFIG_COMPAT
    if ( current->hcall_compat &&
         (at > UINT32_MAX || size > (1UL << 32) - at) )
        return false;
#endif
    return true;
}

bool v4v_port_copy_from_guest(const void *context, void *to, uint64_t from, size_t size)
{
    return is_guests(context, from, size) &&
           !raw_copy_from_guest(to, (const void *)from, size);
}

bool v4v_port_copy_to_guest(const void *context, uint64_t to, const void *from, size_t size)
{
    return is_guests(context, to, size) &&
           !raw_copy_to_guest((void *)to, from, size);
}

/*
 * The page is held twice: by a reference, so that it is not given to anybody else while it is
 * mapped, and by its type, so that it does not become a page table of the guest's.
 */
void *v4v_port_pin_page(const void *context, uint64_t pfn)
{
    struct domain *d = domain_of(context);
    struct page_info *page;
    p2m_type_t type;
    void *at = NULL;

    if ( pfn != gfn_x(_gfn(pfn)) ||
         check_get_page_from_gfn(d, _gfn(pfn), false, &type, &page) )
        return NULL;

    /* Ordinary memory of its own: no device's, nothing shared, granted, read-only or logged. */
    if ( type == p2m_ram_rw && page_get_owner(page) == d &&
         get_page_and_type(page, d, PGT_writable_page) )
    {
        at = __map_domain_page_global(page);
        if ( !at )
            put_page_and_type(page);
    }
    put_page(page);

    return at;
}

void v4v_port_unpin_page(void *at)
{
    struct page_info *page = mfn_to_page(domain_page_map_to_mfn(at));

    unmap_domain_page_global(at);
    put_page_and_type(page);
}

/* ---- Memory, aligned for anything ---- */

void *v4v_port_allocate(size_t size)
{
    return _xmalloc(size, 2 * sizeof(void *));
}

void v4v_port_free(void *memory)
{
    xfree(memory);
}

/* ---- Locks ---- */

void v4v_port_init_shared_lock(void *lock)
{
    BUILD_BUG_ON(sizeof(rwlock_t) > V4V_PORT_LOCK_SIZE);
    rwlock_init((rwlock_t *)lock);
}

void v4v_port_write_lock(void *lock)
{
    write_lock((rwlock_t *)lock);
}

void v4v_port_write_unlock(void *lock)
{
    write_unlock((rwlock_t *)lock);
}

void v4v_port_read_lock(void *lock)
{
    read_lock((rwlock_t *)lock);
}

void v4v_port_read_unlock(void *lock)
{
    read_unlock((rwlock_t *)lock);
}

void v4v_port_init_exclusive_lock(void *lock)
{
    BUILD_BUG_ON(sizeof(spinlock_t) > V4V_PORT_LOCK_SIZE);
    spin_lock_init((spinlock_t *)lock);
}

void v4v_port_lock(void *lock)
{
    spin_lock((spinlock_t *)lock);
}

void v4v_port_unlock(void *lock)
{
    spin_unlock((spinlock_t *)lock);
}

/* ---- The rest ---- */

/*
 * Nothing comes of it while the domain has not bound the channel, or is just binding or closing it:
 * it looks once it has bound it. What was stored before is seen by who takes the event: setting the
 * pending bit is a locked operation.
 */
void v4v_port_send_event(const void *context)
{
    const struct v4v_domain *v = context;

    notify_via_xen_event_channel(v->domain, v->port);
}

uint32_t v4v_port_event_channel(const void *context)
{
    return ((const struct v4v_domain *)context)->port;
}

bool v4v_port_is_privileged(const void *context)
{
    return is_control_domain(domain_of(context));
}

/*
 * Also asked by the tasklet, which no domain runs: while it works nothing else wants the processor
 * so much that it would say so, so it stops by itself at each 16th question, which is after at most
 * 1,024 pages.
 */
bool v4v_port_should_yield(void)
{
    static DEFINE_PER_CPU(unsigned int, questions);

    if ( is_idle_vcpu(current) && ++this_cpu(questions) % 16 == 0 )
        return true;

    return general_preempt_check();
}

void v4v_port_bug(const char *what)
{
    panic("v4v: %s\n", what);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
