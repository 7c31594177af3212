/*
 * How the receiver of U-notifications parks without losing one.
 *
 * SENDERS user threads post POSTS times each, and the kernel, which delivers plain signals through the same receiver, once. A post counts
 * up a word that only its poster writes. The receiver compares each with what it has seen; posts it had not seen yet become one set bit, as
 * with any notification. The kernel is a poster like the others here: what it does more is the waking, which the doorbell stands for.
 *
 * spin checks that no bit is delivered without a post and none twice (the assertions), and that the receiver does not sleep for ever on a
 * post (every process must reach its end: a lost wake-up is an invalid end state).
 */

#ifndef SENDERS
#define SENDERS  2
#endif
#ifndef POSTS
#define POSTS    2
#endif

#define POSTERS      (SENDERS + 1)
#define KERNEL       SENDERS
#define POSTS_OF(p)  (p == KERNEL -> 1 : POSTS)

#define COUNTER(p)  (p)                /* in a page of poster p */
#define STATUS      POSTERS            /* in a page of the receiver */

#define WORDS         (POSTERS + 1)
#define BUFFER_DEPTH  3
#define CPUS          (POSTERS + 1)
#define RECEIVER      POSTERS          /* poster p is processor p */

#include "parking.pml"

/* How many posts each poster has begun, for the assertion. */
byte posted[POSTERS];

active [POSTERS] proctype Poster()
{
    byte p = _pid - CPUS;
    byte status;
    LOAD_LOCALS;

    do
    :: posted[p] == POSTS_OF(p) -> break
    :: else ->
        atomic { nfull(buffer[p]) -> posted[p]++; STORE(p, COUNTER(p), posted[p]) }
        SENDER_FENCE(p);
        LOAD(p, STATUS, status);
        if
        :: status == PARKED -> RING(RECEIVER)
        :: else
        fi;
        status = 0
    od
}

#define ALL_SEEN  (total == SENDERS * POSTS + 1)

/* Takes all that is pending into the word. */
inline take()
{
    p = 0;
    do
    :: p < POSTERS ->
        LOAD(RECEIVER, COUNTER(p), count);
        d_step {
            assert(seen[p] <= count && count <= posted[p]);
            word = word | ((count != seen[p]) << p);
            total = total + (count - seen[p]);
            seen[p] = count;
            count = 0;
            p++
        }
    :: else -> break
    od
}

active proctype Receiver()
{
    byte p, count, word, total;
    byte seen[POSTERS];
    LOAD_LOCALS;

    do
    :: ALL_SEEN -> break
    :: else ->
        take();
        if
        :: word == 0 ->
            STORE(RECEIVER, STATUS, PARKED);
            RECEIVER_FENCE(RECEIVER);
            if
            :: SECOND_LOOK -> take()
            :: else
            fi;
            if
            :: word == 0 -> SLEEP(RECEIVER)
            :: else
            fi;
            STORE(RECEIVER, STATUS, RUNNING)
        :: else
        fi;
        word = 0               /* delivered */
    od
}
