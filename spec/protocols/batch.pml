/*
 * How a processor of the Metal machine that has nothing to do learns of calls in threads' batches (src/Rel4.Metal/Kernel/UserInterrupts/BatchBell.cs).
 *
 * Two threads write calls and post to the kernel's UPID; they run on processors of their own and enter the kernel for nothing else. Two further processors are idle, or run something else
 * for a while or for ever, as they like; but one of them is idle in the end. Whoever becomes idle makes itself the destination, looks behind that, serves one thread at most, and interrupts itself if
 * there may be more. One call is preempted at most. Whoever is interrupted while it runs something sends one that is idle.
 *
 * Posts, the kernel's writes of the UPID and its taking of what was posted are locked operations, and a thread's write of its counter comes before its post: so there are no store buffers.
 *
 * spin checks that calls are performed once, and not before they are written (the assertion), and that each is performed (every thread must reach its end: a lost wake-up is an invalid end state).
 */

#define THREADS     2
#define PROCESSORS  2
#define NOBODY      THREADS

#ifndef CALLS
#define CALLS       1
#endif

/* The frames. */
byte produced[THREADS], completed[THREADS];

/* The UPID: ON, NDST, and what was posted; and the interrupts that the local APICs hold. */
bool ON, posted;
byte NDST;
bool pending[PROCESSORS];

/* The kernel's: who is idle, who is looked at next, and how many are still to be looked at. */
bool is_locked, is_idle[PROCESSORS];
byte next, left;

bool is_taken_for_ever, was_preempted;

#define ENTER  atomic { !is_locked -> is_locked = true }
#define LEAVE  is_locked = false

#define RING(processor)  d_step { NDST = processor; ON = false }

/* Clears ON, and takes what was posted by an exchange. */
#define TAKE             ON = false; atomic { left = (posted -> LOOKS : left); posted = false }

#ifdef MUTANT_LOOKS_AT_ONE
#define LOOKS  1
#else
#define LOOKS  THREADS
#endif

/* Its thread is the last to be looked at again. */
#ifdef MUTANT_LOOKS_AT_THE_NEXT_FOR_THE_PREEMPTED
#define PREEMPTED  left++
#else
#define PREEMPTED  left = THREADS
#endif

#ifdef MUTANT_IDLES_WITHOUT_LOOKING
#define IDLE_AGAIN  ENTER; is_idle[p] = true; RING(p); LEAVE; goto end_halted
#else
#define IDLE_AGAIN  goto idle
#endif

#ifdef MUTANT_HALTS_WITH_CALLS_LEFT
#define ARE_LEFT  false
#else
#define ARE_LEFT  (left != 0)
#endif

#ifdef MUTANT_KEEPS_IT_TO_ITSELF
#define SENDS(other)  false
#else
#define SENDS(other)  (IS_RUNG && is_idle[other])
#endif

#ifdef MUTANT_POSTS_BEFORE_WRITING
#define SUBMIT  post(); produced[t]++
#else
#define SUBMIT  produced[t]++; post()
#endif

#define IS_RUNG       (left != 0 || posted)

#ifdef MUTANT_LEAVES_IT_OUTSTANDING
#define END(processor)  skip
#else
#define END(processor)  RING(processor)
#endif

/* Handles the interrupt while something else runs. Nothing may be there: it was taken between the post and this; then the next post has to interrupt, too. */
inline send_idle()
{
    ENTER;
    pending[p] = false;
    if
    :: !IS_RUNG -> END(p)
    :: else
    fi;
    if
    :: SENDS(1 - p) -> RING(1 - p); pending[1 - p] = true
    :: else
    fi;
    LEAVE
}

inline post()
{
    posted = true;
    d_step {
        is_due = !ON;
        ON = true;
        processor = NDST
    }
    if
    :: is_due -> d_step { pending[processor] = true; is_due = false; processor = 0 }
    :: else
    fi
}

active [THREADS] proctype Thread()
{
    byte t = _pid, processor;
    bool is_due;

    do
    :: produced[t] < CALLS -> SUBMIT
    :: produced[t] == CALLS -> break
    od;
    completed[t] == CALLS
}

active [PROCESSORS] proctype Processor()
{
    byte p = _pid - THREADS, t = NOBODY, count;

idle:
    ENTER;
    is_idle[p] = true;
    RING(p);
    TAKE;
    atomic {
        do
        :: left != 0 && t == NOBODY ->
            left--;
            t = (produced[next] != completed[next] -> next : NOBODY);
            next = 1 - next
        :: else -> break
        od
    }
    if
    :: t != NOBODY ->
        count = produced[t];
        if
        :: atomic { !was_preempted -> was_preempted = true; PREEMPTED; t = NOBODY; count = 0 }
        :: atomic {
            assert(completed[t] < count && count <= CALLS);
            completed[t] = count;
            t = NOBODY;
            count = 0
        }
        fi
    :: else
    fi;
    if
    :: ARE_LEFT -> pending[p] = true
    :: else
    fi;
    LEAVE;

end_halted:
    if
    :: pending[p] -> pending[p] = false; goto idle
    :: !is_taken_for_ever -> ENTER; is_idle[p] = false; LEAVE
    fi;

    /* Something else to run, which ends or does not. */
    do
    :: pending[p] -> send_idle()
    :: true -> IDLE_AGAIN
    :: atomic { !is_taken_for_ever -> is_taken_for_ever = true }; break
    od;

end_taken:
    do
    :: pending[p] -> send_idle()
    od
}
