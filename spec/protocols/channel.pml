/*
 * How the ends of asynchronous channels park without losing a wake-up.
 *
 * A server serves CLIENTS channels; the first client sends MESSAGES records through a ring of CAPACITY, the next one less, and so on.
 * Both ends park: the server when all rings are empty, a client when its ring is full. Every park has a number, and whoever rings does so
 * once for each: until the peer parks again it is on its way to look. Every shared word has one writer.
 *
 * spin checks that every record is consumed once and in order (the assertion), and that nobody sleeps for ever while there is work for it
 * (every process must reach its end: a lost wake-up is an invalid end state). README.md says what each mutant leaves out.
 */

#ifndef CLIENTS
#define CLIENTS   2
#endif
#ifndef MESSAGES
#define MESSAGES  2
#endif
#define MESSAGES_OF(c)  (MESSAGES - (c))
#ifndef CAPACITY
#define CAPACITY  1
#endif

/* The words of channel c. The client's frame: */
#define PRODUCER(c)       ((c) * WORDS_EACH)
#define CLIENT_STATUS(c)  ((c) * WORDS_EACH + 1)
#define RECORD(c, n)      ((c) * WORDS_EACH + 4 + (n) % CAPACITY)
/* The server's frame: */
#define CONSUMER(c)       ((c) * WORDS_EACH + 2)
#define SERVER_STATUS(c)  ((c) * WORDS_EACH + 3)
#define WORDS_EACH        (4 + CAPACITY)

#define WORDS         (CLIENTS * WORDS_EACH)
#define BUFFER_DEPTH  4
#define CPUS          (CLIENTS + 1)
#define SERVER        CLIENTS          /* client c is processor c */

#include "parking.pml"

/* The same steps as in parking.pml, on the way back: the server gives room to a client that parked at a full ring. */
#ifdef MUTANT_NO_SPACE_FENCE
#define SPACE_FENCE(cpu)     skip
#else
#define SPACE_FENCE(cpu)     FENCE(cpu)
#endif
#ifdef MUTANT_NO_FULL_FENCE
#define FULL_FENCE(cpu)      skip
#else
#define FULL_FENCE(cpu)      FENCE(cpu)
#endif
#ifdef MUTANT_NO_SECOND_LOOK_AT_FULL
#define SECOND_LOOK_AT_FULL  false
#else
#define SECOND_LOOK_AT_FULL  true
#endif

/* The status of a peer that has parked is the number of that park; RUNNING is no number. */
#ifdef MUTANT_UNNUMBERED_PARKS
#define NEXT_PARK(parks)     parks = PARKED
#else
#define NEXT_PARK(parks)     parks++
#endif

inline RING_ONCE(cpu, status, rung)
{
    if
    :: status != RUNNING && status != rung -> RING(cpu); rung = status
    :: else
    fi
}

active [CLIENTS] proctype Client()
{
    byte c = _pid - CPUS;
    byte written, published, consumed, status, parks, rung;
    LOAD_LOCALS;

    do
    :: published == MESSAGES_OF(c) -> break
    :: else ->
        /* Write as many records as there is room for, or fewer. */
        LOAD(c, CONSUMER(c), consumed);
        do
        :: written < MESSAGES_OF(c) && written - consumed < CAPACITY -> atomic { STORE(c, RECORD(c, written), written + 1); written++ }
        :: written > published -> break
        :: written == published && written - consumed == CAPACITY ->
            /* The ring is full: park. */
            NEXT_PARK(parks);
            STORE(c, CLIENT_STATUS(c), parks);
            FULL_FENCE(c);
            if
            :: SECOND_LOOK_AT_FULL -> LOAD(c, CONSUMER(c), consumed)
            :: else
            fi;
            if
            :: written - consumed == CAPACITY -> SLEEP(c)
            :: else
            fi;
            STORE(c, CLIENT_STATUS(c), RUNNING);
            LOAD(c, CONSUMER(c), consumed)
        od;
        /* Publish them with one store, then look at the peer once. */
        STORE(c, PRODUCER(c), written);
        published = written;
        SENDER_FENCE(c);
        LOAD(c, SERVER_STATUS(c), status);
        RING_ONCE(SERVER, status, rung);
        status = 0
    od
}

#define ALL_CONSUMED  (total == CLIENTS * MESSAGES - CLIENTS * (CLIENTS - 1) / 2)

active proctype Server()
{
    byte c, produced, record, status, total, parks;
    byte consumed[CLIENTS], rung[CLIENTS];
    bool idle;
    LOAD_LOCALS;

    do
    :: ALL_CONSUMED -> break
    :: else ->
        /* A turn: take what every ring holds, and give the room back. */
        idle = true;
        c = 0;
        do
        :: c < CLIENTS ->
            LOAD(SERVER, PRODUCER(c), produced);
            if
            :: produced != consumed[c] ->
                idle = false;
                do
                :: consumed[c] != produced ->
                    LOAD(SERVER, RECORD(c, consumed[c]), record);
                    assert(record == consumed[c] + 1);
                    d_step { consumed[c]++; total++ }
                :: else -> break
                od;
                STORE(SERVER, CONSUMER(c), consumed[c]);
                SPACE_FENCE(SERVER);
                LOAD(SERVER, CLIENT_STATUS(c), status);
                RING_ONCE(c, status, rung[c])
            :: else
            fi;
            d_step { c++; produced = 0; record = 0; status = 0 }
        :: else -> break
        od;

        if
        :: idle && !ALL_CONSUMED ->
            /* All rings were empty: park. */
            NEXT_PARK(parks);
            c = 0;
            do
            :: c < CLIENTS -> STORE(SERVER, SERVER_STATUS(c), parks); c++
            :: else -> break
            od;
            RECEIVER_FENCE(SERVER);
            c = 0;
            do
            :: SECOND_LOOK && c < CLIENTS && idle ->
                LOAD(SERVER, PRODUCER(c), produced);
                idle = (produced == consumed[c]);
                c++
            :: else -> break
            od;
            if
            :: idle -> SLEEP(SERVER)
            :: else
            fi;
            c = 0;
            do
            :: c < CLIENTS -> STORE(SERVER, SERVER_STATUS(c), RUNNING); c++
            :: else -> break
            od
        :: else
        fi
    od
}
