/*
 * How a sender index is reclaimed while its sender may be in the middle of a post.
 *
 * The kernel takes the index from the old sender and gives it to a new one, under a new generation. A sender compares its generation with
 * the one the kernel shows before it posts; that turns a stale handle into an error, but the index may be reclaimed between that look
 * and the post. So safety comes from the page: a registration gets a counter page of its own, and a stale post goes to a page that
 * no receiver reads any more.
 *
 * spin checks that the receiver never takes a post of the old sender for one of the new (the assertion), and that the new sender's posts
 * are not lost in the change-over (every process must reach its end).
 */

#ifndef POSTS
#define POSTS  2
#endif

#define OLD       0                    /* senders, their generations and their processors */
#define NEW       1
#define KERNEL    2
#define RECEIVER  3

#ifdef MUTANT_SAME_PAGE
#define PAGE(generation)  0
#else
#define PAGE(generation)  (generation)
#endif

#define COUNTER(page)  (page)          /* in a page of the sender that was given the page */
#define GENERATION     2               /* in a page of the kernel */
#define STATUS         3               /* in a page of the receiver */

#define WORDS         4
#define BUFFER_DEPTH  3
#define CPUS          4

#include "parking.pml"

/* How many posts each sender has begun, for the assertion. */
byte posted[2];

/* The kernel's answer to the new sender's registration. */
bool registered;

active [2] proctype Sender()
{
    byte me = _pid - CPUS;
    byte tries, count, generation, status;
    LOAD_LOCALS;

    me == OLD || registered;
    do
    :: tries == POSTS -> break
    :: else ->
        tries++;
        LOAD(me, GENERATION, generation);
        if
        :: generation != me            /* a stale handle: an error to the poster */
        :: else ->
            LOAD(me, COUNTER(PAGE(me)), count);
            atomic { nfull(buffer[me]) -> posted[me]++; STORE(me, COUNTER(PAGE(me)), count + 1) }
            SENDER_FENCE(me);
            LOAD(me, STATUS, status);
            if
            :: status == PARKED -> RING(RECEIVER)
            :: else
            fi
        fi;
        d_step { generation = 0; count = 0; status = 0 }
    od
}

active proctype Kernel()
{
    STORE(KERNEL, GENERATION, NEW);
    FENCE(KERNEL);
    registered = true
}

#define ALL_SEEN  (generation == NEW && seen >= POSTS)

/* Follows the index to its present generation and counts that one's posts. */
inline take()
{
    LOAD(RECEIVER, GENERATION, current);
    if
    :: current != generation -> d_step { generation = current; seen = 0 }
    :: else
    fi;
    LOAD(RECEIVER, COUNTER(PAGE(generation)), count);
    d_step {
        assert(seen <= count && count <= posted[generation]);
        something = (count != seen);
        seen = count;
        count = 0
    }
}

active proctype Receiver()
{
    byte current, generation, count, seen;
    bool something;
    LOAD_LOCALS;

    do
    :: ALL_SEEN -> break
    :: else ->
        take();
        if
        :: something
        :: else ->
            STORE(RECEIVER, STATUS, PARKED);
            RECEIVER_FENCE(RECEIVER);
            if
            :: SECOND_LOOK -> take()
            :: else
            fi;
            if
            :: something
            :: else -> SLEEP(RECEIVER)
            fi;
            STORE(RECEIVER, STATUS, RUNNING)
        fi
    od
}
