/*
 * How the Metal machine runs, preempts and parks the receivers of user interrupts, and how it takes a sender's entry away.
 *
 * A receiver's UPID has a first word (ON, SN, NV, NDST) and the posted bits (PIR). SENDUIPI reads its entry; then, in one locked access to both
 * words, sets its bit and, if ON = SN = 0, ON; then sends the interrupt NV to NDST as it has read them there (Intel SDM, volume 2, SENDUIPI).
 * The model sets the bit and ON in two steps, which allows more than that, and as much as the kernel's own posts do. A processor takes a notification
 * in two steps as well, in ring 3 and in ring 0: it clears ON, then moves PIR to its pending bits, UIRR (volume 3, user-interrupt notification
 * processing). All of these are locked operations, so there are no store buffers. The kernel takes PIR by a locked operation too, never by a plain look:
 * that could overtake its write of the first word, which is what MUTANT_LOOKS_BEFORE_PARKED and MUTANT_TAKES_BEFORE_RUNNING do.
 *
 * Two processors run two receivers: the first on either, the second on one of them. The senders have processors of their own. A program waits in the kernel
 * or works until its handler has left it something, as it likes. Every post has a bit of its own. What others cannot tell apart is one step.
 * Three stories, one of which is chosen: the second receiver gets the memory of a UPID that a sender's entry names, which names nobody from then on until its thread
 * lets go of the index; a sender and the kernel post to the first; two senders do. The second is there in each, and somebody posts to it.
 *
 * spin checks that a program sees what was sent to it and nothing else, once, that nobody faults because of what somebody else did, and that nobody is interrupted for a thread that neither runs nor
 * waits (the assertions); and that every bit is seen at last (every process must reach its end: a lost wake-up is an invalid end state).
 */

#ifndef PREEMPTIONS
#define PREEMPTIONS  2
#endif

#define PROCESSORS   2

#define FIRST        0                 /* the receivers, and their UPIDs */
#define SECOND       1
#define NOBODY       2

#define SENDERS      1                 /* bits */
#define SIBLINGS     2
#define KERNELS      4
#define STALE        8                 /* of the entry that is taken away */
#define ALL_OF(t)    (t == FIRST -> (SENDERS | SIBLINGS | KERNELS) : SIBLINGS)

#define NOTIFICATION  0                /* vectors: the one in UINV, and an ordinary one */
#define WAKE_UP       1

/* The UPIDs. */
bool ON[2], SN[2] = true;
byte NV[2], NDST[2], PIR[2];

/* The processors: interrupts that the local APIC holds, pending bits, and whose UPID, UINV and handler are loaded (UINV of NOBODY is 0). */
bool pending[PROCESSORS * 2];
#define PENDING(processor, vector)  pending[(processor) * 2 + (vector)]
byte UIRR[PROCESSORS], loaded[PROCESSORS] = NOBODY;

/* The threads, as the kernel has them: a preempted one's pending bits are kept with it. */
#define ABSENT     0
#define PREEMPTED  1
#define RUNNING    2
#define PARKED     3
#define OVER       4
byte state[2], kept[2];

/* The threads, as their programs have them: where they are, what the handler has left, what they have seen. */
#define AT_TOP   0
#define WORKS    1
#define CALLS    2                     /* Wait */
#define LOOKED   3                     /* in a mutant */
byte at[2], left_by_handler[2], seen[2];
bool UIF[2] = true;

/* What was sent to each, for the assertion. */
byte sent[2];

bool is_locked;                        /* the kernel's big lock */
byte entry = SECOND;                   /* the UPID that the entry names which is taken away: its memory is to be the second receiver's */
bool is_valid = true;
bool is_inside;                        /* its sender is in the middle of SENDUIPI */
bool is_let_go;                        /* its sender has unregistered it */
bool is_registered;                    /* and has it anew */
byte preemptions = PREEMPTIONS;
bool is_signal_due = true;             /* the kernel's post */

/* The program sees bits: Wait's result, or what its handler has left. */
inline SEE(t, bits)
{
    assert((bits & ~sent[t]) == 0 && (bits & seen[t]) == 0);
    seen[t] = seen[t] | bits;
    at[t] = AT_TOP;
    UIF[t] = true
}

/* What NOTIFY works with; each process that posts declares it once. */
#define NOTIFY_LOCALS  byte vector, processor; bool is_due

/* The second half of a post, behind the bit. */
inline NOTIFY(t)
{
    d_step {
        is_due = !ON[t] && !SN[t];
        if
        :: is_due ->
            assert(state[t] == RUNNING || state[t] == PARKED);
            ON[t] = true;
            vector = NV[t];
            processor = NDST[t]
        :: else
        fi
    }
    if
    :: is_due -> d_step { PENDING(processor, vector) = true; is_due = false; vector = 0; processor = 0 }
    :: else
    fi
}

inline SENDUIPI(t, posted)
{
    d_step { sent[t] = sent[t] | posted; PIR[t] = PIR[t] | posted }
    NOTIFY(t)
}

#define ENTER               is_locked = true
#define LEAVE               is_locked = false

#define TAKE(t, into)       into = into | PIR[t]; PIR[t] = 0

#ifdef MUTANT_KEEPS_ON
#define CLEAR_ON(t)         skip
#define TAKEN(t)            skip
#else
#ifdef MUTANT_CLEARS_ON_LAST
#define CLEAR_ON(t)         skip
#define TAKEN(t)            skip } d_step { ON[t] = false
#else
#define CLEAR_ON(t)         ON[t] = false
#define TAKEN(t)            skip
#endif
#endif

/* The states of a UPID: each is one write of the whole first word, without ON. Of a preempted thread's nothing matters but SN. */
#define SHOW_RUNNING(t)     CLEAR_ON(t); SN[t] = false; NV[t] = NOTIFICATION; NDST[t] = me; state[t] = RUNNING
#define SHOW_PARKED(t)      CLEAR_ON(t); SN[t] = false; NV[t] = WAKE_UP; NDST[t] = me; state[t] = PARKED
#ifdef MUTANT_NO_SUPPRESSION
#define SHOW_PREEMPTED(t)   state[t] = PREEMPTED
#else
#define SHOW_PREEMPTED(t)   CLEAR_ON(t); SN[t] = true; NV[t] = 0; NDST[t] = 0; state[t] = PREEMPTED
#endif

/* The registers of this processor: nothing of a thread stays there when it goes. */
#ifdef MUTANT_LEAVES_PENDING_BITS
#define LOAD(t)             current = t; loaded[me] = t; UIRR[me] = UIRR[me] | kept[t]; kept[t] = 0
#define UNLOAD              current = NOBODY; loaded[me] = NOBODY
#else
#define LOAD(t)             current = t; loaded[me] = t; UIRR[me] = kept[t]; kept[t] = 0
#ifdef MUTANT_IDLES_LOADED
#define UNLOAD              current = NOBODY
#else
#define UNLOAD              current = NOBODY; loaded[me] = NOBODY; UIRR[me] = 0
#endif
#endif

#ifdef MUTANT_LOSES_PENDING_BITS
#define KEEP(t)             skip
#else
#define KEEP(t)             kept[t] = UIRR[me]
#endif

#ifdef MUTANT_TAKES_BEFORE_RUNNING
#define RESUME(t)           d_step { TAKE(t, kept[t]); TAKEN(t) } d_step { SHOW_RUNNING(t); LOAD(t); LEAVE }
#else
#define RESUME(t)           d_step { SHOW_RUNNING(t) } d_step { TAKE(t, kept[t]); TAKEN(t); LOAD(t); LEAVE }
#endif

/* Wait: its pending bits, the look after the thread is shown as parked, and the way back when that finds something. */
#ifdef MUTANT_FORGETS_PENDING_BITS
#define TAKE_PENDING        skip
#else
#define TAKE_PENDING        bits = UIRR[me]; UIRR[me] = 0
#endif

#ifdef MUTANT_NO_SECOND_LOOK
#define PARK(t)             d_step { SHOW_PARKED(t) }
#else
#ifdef MUTANT_LOOKS_BEFORE_PARKED
#define PARK(t)             d_step { TAKE(t, bits); TAKEN(t) } d_step { SHOW_PARKED(t) }
#else
#define PARK(t)             d_step { SHOW_PARKED(t) } d_step { TAKE(t, bits); TAKEN(t) }
#endif
#endif

#ifdef MUTANT_RETURNS_WITHOUT_TAKING
#define UNPARK(t)           d_step { SHOW_RUNNING(t); LOAD(t); LEAVE }
#else
#define UNPARK(t)           RESUME(t)
#endif

/* The wake-up vector: ON is cleared even if there is nothing to take, since this interrupt was all that it promised. */
#ifdef MUTANT_WAKES_WITHOUT_CLEARING
#define REARM(t)            skip
#else
#define REARM(t)            CLEAR_ON(t)
#endif

inline WAKE(t)
{
    if
    :: state[t] == PARKED ->
        REARM(t);
        if
        :: d_step { PIR[t] != 0 -> SHOW_PREEMPTED(t); TAKE(t, bits); TAKEN(t); SEE(t, bits); bits = 0 }
        :: PIR[t] == 0
        fi
    :: else
    fi
}

/* The kernel's own post to a thread that runs: here, and elsewhere. */
#ifdef MUTANT_POSTS_WITHOUT_MOVING
#define MOVE(t)             skip
#else
#define MOVE(t)             TAKE(t, UIRR[me])
#endif

#ifdef MUTANT_POSTS_WITHOUT_NOTIFYING
#define NOTIFY_ELSEWHERE(t)  skip
#else
#define NOTIFY_ELSEWHERE(t)  NOTIFY(t)
#endif

/* The program runs clui before it looks whether its handler has left something; the two are one step, since nothing can be left between them. */
#ifdef MUTANT_LOOKS_BEFORE_CLUI
#define NOTHING_LEFT(t)     at[t] = LOOKED
#else
#define NOTHING_LEFT(t)     UIF[t] = false; at[t] = CALLS
#endif

/* An interrupt to the sender's processor, which answers it between two instructions. */
#define SENDER_HAS_LEFT     !is_inside

#ifdef MUTANT_CLOSES_BY_CLEARING
#define CLOSE               is_valid = false
#else
#define CLOSE               entry = NOBODY
#endif

#ifdef MUTANT_FREES_WITHOUT_WAITING
#define REVOKE              CLOSE
#else
#ifdef MUTANT_WAITS_BEFORE_REVOKING
#define REVOKE              SENDER_HAS_LEFT; CLOSE
#else
#define REVOKE              CLOSE; SENDER_HAS_LEFT
#endif
#endif

/* Whether the kernel may give the index out again. */
#ifdef MUTANT_REUSES_AT_ONCE
#define MAY_REUSE           (entry == NOBODY)
#else
#define MAY_REUSE           (entry == NOBODY && is_let_go)
#endif

#define IS_DONE(t)          (seen[t] == ALL_OF(t))
#define RUNS(place)         (current != NOBODY && at[current] == place && !IS_DONE(current))
#define IS_READY(t)         (state[t] == PREEMPTED && (t == FIRST || me == 0))
#define MAY_SIGNAL          (!is_locked && is_signal_due && state[FIRST] != ABSENT)
#define RUNS_ELSEWHERE(t)   (state[t] == RUNNING && current != t)

active [PROCESSORS] proctype Processor()
{
    byte me = _pid;
    byte current = NOBODY;
    byte t, bits;
    NOTIFY_LOCALS;

    do
    :: state[FIRST] == OVER && state[SECOND] == OVER -> break

    /* The notification, in ring 3 or idle. With nobody loaded it is an ordinary interrupt that has nothing to do. */
    :: d_step {
            PENDING(me, NOTIFICATION) ->
            PENDING(me, NOTIFICATION) = false;
            if
            :: loaded[me] != NOBODY -> ON[loaded[me]] = false
            :: else
            fi
        }
        d_step {
            if
            :: loaded[me] != NOBODY -> TAKE(loaded[me], UIRR[me])
            :: else
            fi
        }

    /* The handler. */
    :: d_step { current != NOBODY && UIRR[me] != 0 && UIF[current] -> left_by_handler[current] = left_by_handler[current] | UIRR[me]; UIRR[me] = 0 }

    /* The program. */
    :: d_step {
            RUNS(AT_TOP) ->
            if
            :: left_by_handler[current] != 0 -> SEE(current, left_by_handler[current]); left_by_handler[current] = 0
            :: else -> NOTHING_LEFT(current)
            fi
        }
#ifdef MUTANT_LOOKS_BEFORE_CLUI
    :: d_step { RUNS(LOOKED) -> UIF[current] = false; at[current] = CALLS }
#endif
    :: d_step { RUNS(AT_TOP) && left_by_handler[current] == 0 -> at[current] = WORKS }
    :: d_step { RUNS(WORKS) && left_by_handler[current] != 0 -> SEE(current, left_by_handler[current]); left_by_handler[current] = 0 }
    :: d_step { current != NOBODY && IS_DONE(current) && !is_locked -> SHOW_PREEMPTED(current); state[current] = OVER; UNLOAD }

    /* Wait. */
    :: d_step { !is_locked && RUNS(CALLS) -> ENTER; TAKE_PENDING }
        PARK(current);
        if
        :: bits != 0 ->
            d_step { SEE(current, bits); bits = 0 }
            UNPARK(current)
        :: else -> d_step { UNLOAD; LEAVE }
        fi

    /* The kernel lets another thread run, or nobody. */
    :: d_step { !is_locked && current != NOBODY && preemptions > 0 -> preemptions--; SHOW_PREEMPTED(current); KEEP(current); UNLOAD }

    /* The kernel resumes a thread, wherever it was before. */
    :: atomic {
            !is_locked && current == NOBODY && (IS_READY(FIRST) || IS_READY(SECOND)) ->
            if
            :: IS_READY(FIRST) -> t = FIRST
            :: IS_READY(SECOND) -> t = SECOND
            fi;
            ENTER
        }
        RESUME(t);
        t = 0

    /* The wake-up vector. It does not say for whom it is. */
    :: d_step { !is_locked && PENDING(me, WAKE_UP) -> ENTER; PENDING(me, WAKE_UP) = false }
        WAKE(FIRST);
        WAKE(SECOND);
        LEAVE

    /* Signal, by whoever runs here, or by a device. */
    :: d_step {
            MAY_SIGNAL && !RUNS_ELSEWHERE(FIRST) ->
            is_signal_due = false;
            sent[FIRST] = sent[FIRST] | KERNELS;
            if
            :: state[FIRST] == PARKED -> SHOW_PREEMPTED(FIRST); SEE(FIRST, KERNELS)
            :: else ->
                PIR[FIRST] = PIR[FIRST] | KERNELS;
                if
                :: current == FIRST -> MOVE(FIRST)
                :: else
                fi
            fi
        }
    :: d_step { MAY_SIGNAL && RUNS_ELSEWHERE(FIRST) -> ENTER; is_signal_due = false; sent[FIRST] = sent[FIRST] | KERNELS; PIR[FIRST] = PIR[FIRST] | KERNELS }
        NOTIFY_ELSEWHERE(FIRST);
        LEAVE

    /* The entry is taken away, and the second receiver gets the memory of the UPID that it names. */
    :: d_step { !is_locked && state[FIRST] == OVER && state[SECOND] == ABSENT -> ENTER }
        REVOKE;
        d_step { PIR[SECOND] = 0; state[SECOND] = PREEMPTED; LEAVE }

    /* Its index is given out again, for a sender to the second receiver. */
    :: d_step { !is_locked && state[SECOND] != ABSENT && MAY_REUSE && !is_registered -> entry = SECOND; is_registered = true }
    od
}

active proctype Sender()
{
    NOTIFY_LOCALS;

    SENDUIPI(FIRST, SENDERS)
}

#define START             state[FIRST] = PREEMPTED; state[SECOND] = PREEMPTED
#define CALL_OFF(posted)  sent[FIRST] = sent[FIRST] | posted; seen[FIRST] = posted

active proctype Sibling()
{
    NOTIFY_LOCALS;
    byte rings, named;

    /* The story is chosen here. */
    if
    :: state[FIRST] = OVER;

        /* It rings what it knew by the index, however often, and is not stopped by what the kernel does to that. A post to nobody interrupts nobody, and is read by nobody. */
        do
        :: rings < 2 ->
            atomic { assert(is_valid); is_inside = true; named = entry }
            if
            :: named == SECOND -> PIR[SECOND] = PIR[SECOND] | STALE
            :: else
            fi;
            d_step { is_inside = false; named = 0; rings++ }
        :: break
        od;
        is_let_go = true
    :: d_step { START; CALL_OFF(SIBLINGS); is_registered = true }
    :: d_step { START; CALL_OFF(KERNELS); is_signal_due = false; is_registered = true }
        SENDUIPI(FIRST, SIBLINGS)
    fi;
    state[SECOND] != ABSENT && is_registered;
    SENDUIPI(SECOND, SIBLINGS)
}
