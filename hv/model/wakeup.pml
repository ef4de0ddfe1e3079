/* That no wake-up is lost: the protocol between send, EAGAIN, notify, events and rx_ptr.
 *
 * README.md says which function each step stands for, what is proved and what is assumed; `check`
 * runs all of it. A statement is one atomic step: one load, store or read-modify-write that others
 * can see, or a region under a lock that nobody can look into. Taking a lock is folded into the
 * step that follows, releasing one into the step before.
 *
 * What is modelled besides a receiver and two senders that wait for events as a guest does:
 *   SENDERS=n      so many senders, 1 to 3
 *   CLOSES         the ring may be unregistered at any time
 *   POLLS          the receiver may poll with its events masked before it sleeps
 *   STRAY          the guests get events for other reasons, too
 *   FORGETFUL      the descriptor wakes who waits for it and keeps nothing for who does so later
 *   ARM_AFTER_LOOK the receiver starts its wait only after it has looked
 * Each BREAK_... changes one step and must make a property fail.
 */

#ifndef SENDERS
#define SENDERS 2
#endif
#define GUESTS (SENDERS + 1)
#define RECEIVER 0 /* a guest is its process: the senders are 1 to SENDERS */
#define me _pid

/* ---- The ring ----
 *
 * Nothing depends on where in the ring the positions are, so they are not kept, but how far each
 * is behind tx_ptr. A step that changes or compares one of these numbers is the step that stores
 * or loads the position: tx_ptr is stored under L3, rx_ptr by the receiver alone.
 */

#define LEN 3             /* in units of the message alignment */
byte used = 0;            /* tx_ptr - rx_ptr: what the hypervisor cannot use */
byte unread = 0;          /* tx_ptr - the position up to which the receiver has read */

#define NEED(sender) (1 + (sender == 1)) /* of sender 1 all that fits in a ring, of others half */
#define FITS(sender) (NEED(sender) < LEN - used) /* a load of rx_ptr, or of what is under L3 */

/* ---- What the hypervisor knows of the ring ---- */

bool l3 = false;     /* the ring's lock. L2, shared, is held with it */
bool walks = false;  /* the receiver holds L2, shared, and not L3 yet */
bool gone = false;   /* unregistered; under L2 */
bool waits[GUESTS];  /* waiter_list; under L3 */
bool marked = false; /* waiting_rings: the ring's bit in words_ */
byte count = 0;      /* waiting_rings: count_ */

#if SENDERS == 1
#define NOBODY_WAITS (!waits[1])
#elif SENDERS == 2
#define NOBODY_WAITS (!waits[1] && !waits[2])
#else
#define NOBODY_WAITS (!waits[1] && !waits[2] && !waits[3])
#endif

/* ---- Each guest's event, and how it waits for one ---- */

bool pending[GUESTS];
bool masked[GUESTS];
bool readable[GUESTS]; /* the eventfd's count is not 0 */
bool armed[GUESTS];    /* a wait for the descriptor is under way, or done and not yet handled */
bool done[GUESTS];     /* that wait is done, whatever becomes of the descriptor */
bool asleep[GUESTS];   /* for the properties: the guest waits for that and does nothing else */

/* event::signal(). Who finds the flag clear, and the mask too, writes the descriptor: a step of its
 * own, later. */
inline signal(guest) {
  if
  :: atomic { pending[guest] }
  :: atomic { !pending[guest] && masked[guest] -> pending[guest] = true }
  :: atomic { !pending[guest] && !masked[guest] -> pending[guest] = true };
     write_descriptor(guest)
  fi
}

/* A wait that is under way is done from now on. Nobody sees that before the guest comes to it, and
 * nobody reads the descriptor until then: what it keeps is enough to tell. */
inline write_descriptor(guest) {
#ifdef FORGETFUL
  d_step { done[guest] = armed[guest] }
#else
  readable[guest] = true
#endif
}

/* guest_core::arm(). A wait for a descriptor that is readable is done at once. */
inline arm(guest) {
  readable[guest] = false;
  d_step { armed[guest] = true; done[guest] = false }
}

/* The end of a wait for the descriptor, in the first step of on_event(). */
inline wake(guest) {
  d_step {
    done[guest] || readable[guest] ->
    done[guest] = false;
    armed[guest] = false;
    asleep[guest] = false
  }
}

/* ---- The guest that receives ---- */

/* notify(null): wake_waiters(). The count may be other than 0 for another ring's sake, so the walk
 * may always be made. Under L3 nobody sees a part of what happens: it is one step. */
inline notify_null() {
  if
#ifdef BREAK_COUNT_BEFORE_RX
  :: !someone
#else
  :: atomic { count == 0 } /* meet() */
#endif
  :: true ->
     if
     :: atomic { !marked || gone }
     :: atomic { marked && !gone -> walks = true };
        d_step {
          !l3 ->
          walks = false;
          if
          :: NOBODY_WAITS
          :: else ->
             assert(marked && count == 1);
             i = 1;
             do
             :: i < GUESTS ->
                if
                :: waits[i] && FITS(i) -> waits[i] = false; woken[i] = true
                :: else
                fi;
                i++
             :: else -> break
             od;
             i = 0;
             if
             :: NOBODY_WAITS -> marked = false; count--
             :: else
             fi
          fi
        };
        signal_woken()
     fi
  fi
}

/* hypervisor::signal(): no lock of the ring is held. */
inline signal_woken() {
  do
  :: atomic { woken[1] -> woken[1] = false }; signal(1)
#if SENDERS > 1
  :: atomic { woken[2] -> woken[2] = false }; signal(2)
#endif
#if SENDERS > 2
  :: atomic { woken[3] -> woken[3] = false }; signal(3)
#endif
  :: else -> break
  od
}

active proctype receiver() {
  byte i;
  bool woken[GUESTS];
  bool drained; /* look() has found nothing more */
#ifdef POLLS
  bool polls;
#endif
#ifdef BREAK_COUNT_BEFORE_RX
  bool someone;
#endif

settle: /* guest_core::settle(), while somebody waits to read */
  if
  :: atomic { armed[RECEIVER] -> goto rest }
#ifdef ARM_AFTER_LOOK
  :: atomic { !armed[RECEIVER] && pending[RECEIVER] -> pending[RECEIVER] = false; goto look }
  :: atomic { !armed[RECEIVER] && !pending[RECEIVER] };
     arm(RECEIVER);
     goto rest
#else
  :: atomic { !armed[RECEIVER] -> arm(RECEIVER) }
#endif
  fi;
  if
  :: atomic { pending[RECEIVER] -> pending[RECEIVER] = false; goto look } /* event::take() */
  :: atomic { !pending[RECEIVER] }
  fi;

rest:
#ifdef BREAK_DRAIN_AFTER_TAKE
  atomic { readable[RECEIVER] = false; done[RECEIVER] = false };
#endif
#ifdef POLLS
  if
  :: atomic { masked[RECEIVER] = true; polls = true; goto look } /* event::mask() */
  :: true
  fi;
wait:
#endif
  asleep[RECEIVER] = true;
  wake(RECEIVER);
#ifdef BREAK_LOOK_BEFORE_TAKE
  goto look;
#endif
  if /* on_event() */
  :: atomic { pending[RECEIVER] -> pending[RECEIVER] = false }
  :: atomic { !pending[RECEIVER] -> goto settle }
  fi;

look: /* Reads until the ring is empty. Space is given back then, and may be at any time before: a
       * program's buffer may be full in between. */
  if
  :: atomic { unread != 0 -> unread--; goto look }
  :: atomic { unread == 0 && used == 0 -> goto looked } /* nothing to give back */
#ifdef BREAK_COUNT_BEFORE_RX
  :: atomic { unread == 0 && used != 0 -> drained = true; someone = (count != 0) };
     used = unread
  :: atomic { unread != used -> someone = (count != 0) };
     used = unread
#else
  :: atomic { unread == 0 && used != 0 -> drained = true };
     used = unread /* ring_reader::publish(): rx_ptr */
  :: atomic { unread != used -> used = unread }
#endif
  fi;
  notify_null();
  if
  :: atomic { !drained -> goto look }
  :: atomic { drained -> drained = false }
  fi;

looked:
#ifdef BREAK_LOOK_BEFORE_TAKE
  pending[RECEIVER] = false;
#endif
#ifdef POLLS
  if
  :: atomic { !polls -> goto settle }
  :: atomic { polls -> polls = false }
  fi;
  if /* event::unmask() */
#ifdef BREAK_UNMASK_WITHOUT_LOOK
  :: masked[RECEIVER] = false; goto wait
#else
  :: atomic { !pending[RECEIVER] -> masked[RECEIVER] = false; goto wait }
  :: atomic { pending[RECEIVER] -> masked[RECEIVER] = false };
#ifdef BREAK_UNMASK_WITHOUT_TAKE
     goto look
#else
     pending[RECEIVER] = false; /* event::take() */
     masked[RECEIVER] = true;
     polls = true;
     goto look
#endif
#endif
  fi;
#endif
  goto settle
}

/* ---- A guest that sends ---- */

active [SENDERS] proctype sender() {
  bool asks; /* this call is notify with a question, not sendv */
#ifdef BREAK_FLAG_READ_EARLY
  bool seen;
#endif

idle: /* Nobody waits: settle() cancels a wait under way, and that runs on_event() some time. */
  if
  :: atomic { armed[me] -> done[me] = true }
  :: else
  fi;
  if
  :: atomic { done[me] -> done[me] = false; armed[me] = false };
     pending[me] = false; /* event::take() */
     goto idle
  :: goto call
  :: goto finished
  fi;

call: /* L3, and the first look at rx_ptr */
  if
  :: atomic { gone -> goto finished } /* ECONNREFUSED; no V4V_RING_EXISTS */
  :: atomic { !gone && !l3 && FITS(me) -> l3 = true; goto room }
  :: atomic { !gone && !l3 && !FITS(me) -> l3 = true }
  fi;

  /* wait_for_room() */
#ifdef BREAK_LOOK_AGAIN_THEN_ANNOUNCE
  if
  :: atomic { FITS(me) -> goto room }
  :: atomic { !FITS(me) }
  fi;
#endif
  if
  :: atomic { NOBODY_WAITS -> marked = true }; /* add() */
     count++
  :: else /* meet(): orders, changes nothing */
  fi;
#if defined(BREAK_NO_SECOND_LOOK) || defined(BREAK_LOOK_AGAIN_THEN_ANNOUNCE)
  atomic { waits[me] = true; l3 = false; goto settle };
#endif
  if
  :: atomic { FITS(me) && NOBODY_WAITS };
     marked = false; /* remove() */
     count--
  :: atomic { FITS(me) && !NOBODY_WAITS }
#ifdef BREAK_WAITER_AFTER_L3
  :: atomic { !FITS(me) -> l3 = false };
     atomic { !l3 -> waits[me] = true; goto settle }
#else
  :: atomic { !FITS(me) -> waits[me] = true; l3 = false; goto settle } /* EAGAIN; PENDING */
#endif
  fi;

room:
  if
  :: atomic { asks && waits[me] -> waits[me] = false }; /* stop_waiting() */
     if
     :: atomic { NOBODY_WAITS -> marked = false };
        count--
     :: else
     fi
  :: else
  fi;
  if
  :: atomic { asks -> asks = false; l3 = false; goto call } /* SUFFICIENT: resume() */
  :: else
  fi;

  /* deliver() */
#ifdef BREAK_FLAG_READ_EARLY
  seen = pending[RECEIVER];
#endif
#ifdef BREAK_EVENT_BEFORE_TX
  signal(RECEIVER);
#endif
  d_step { /* ring::publish(): tx_ptr */
    assert(FITS(me));
    used = used + NEED(me);
    unread = unread + NEED(me);
    l3 = false
  };
#ifdef BREAK_FLAG_READ_EARLY
  if
  :: atomic { seen -> seen = false; goto idle }
  :: else
  fi;
#endif
#ifndef BREAK_EVENT_BEFORE_TX
  signal(RECEIVER);
#endif
  goto idle;

settle: /* guest_core::settle(), while blocked */
  if
  :: atomic { armed[me] -> asleep[me] = true; goto wait }
  :: atomic { !armed[me] -> arm(me) }
  fi;
  if
  :: atomic { pending[me] -> pending[me] = false; asks = true; goto call } /* take(), look() */
  :: atomic { !pending[me] -> asleep[me] = true }
  fi;

wait:
  wake(me);
  if /* on_event() */
  :: atomic { pending[me] -> pending[me] = false; asks = true; goto call }
  :: atomic { !pending[me] -> goto settle }
  fi;

finished: /* What is left in the event is of no interest any more. */
  atomic {
    asks = false;
    pending[me] = false;
    readable[me] = false;
    armed[me] = false;
    done[me] = false
  }
}

/* ---- The end of the ring ---- */

#ifdef CLOSES
/* unregister_ring(), by another thread of the receiver's domain, at any time or never. L2,
 * exclusive: nobody is in the ring, and nobody sees a part of what happens. */
active proctype closer() {
  byte i;
  bool woken[GUESTS];
  if
  :: true
  :: d_step {
       !l3 && !walks ->
       gone = true;
       if
       :: NOBODY_WAITS
       :: else ->
          marked = false;
          count--;
          i = 1;
          do
          :: i < GUESTS -> woken[i] = waits[i]; waits[i] = false; i++
          :: else -> break
          od;
          i = 0
       fi
     };
#ifndef BREAK_GONE_UNTOLD
     signal_woken()
#endif
  fi
}
#endif

/* ---- What else happens ---- */

#ifdef STRAY
/* Events for other reasons than this ring, as many and as long as it likes. */
active proctype stranger() {
  do
  :: signal(RECEIVER)
  :: signal(1)
#if SENDERS > 1
  :: signal(2)
#endif
  :: break
  od
}
#endif

/* ---- The properties ---- */

/* Everybody who can move does so in the end (weak fairness), and senders stop sending whenever they
 * like. So what is so for ever is so although nobody is about to change it. */
#define UNREAD (asleep[RECEIVER] && unread != 0 && !gone)
#define LEFT_WAITING(sender) (asleep[sender] && (gone || FITS(sender)))
#if SENDERS == 1
#define SOMEBODY_LEFT_WAITING LEFT_WAITING(1)
#elif SENDERS == 2
#define SOMEBODY_LEFT_WAITING (LEFT_WAITING(1) || LEFT_WAITING(2))
#else
#define SOMEBODY_LEFT_WAITING (LEFT_WAITING(1) || LEFT_WAITING(2) || LEFT_WAITING(3))
#endif

ltl a_receiver_that_sleeps_has_no_message { !<>[] UNREAD }
ltl who_waits_is_woken { !<>[] SOMEBODY_LEFT_WAITING }

/* Both, and more: there is no end of time in which at every moment one or the other is so. */
ltl no_wakeup_is_lost { !<>[] (UNREAD || SOMEBODY_LEFT_WAITING) }
