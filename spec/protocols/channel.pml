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

/* The words of channel c. The client's frame; a line of the ring stays free: */
#define CLIENT_STATUS(c)  ((c) * WORDS_EACH)
#define RECORD(c, n)      ((c) * WORDS_EACH + 3 + (n) % (CAPACITY + 1))
/* The server's frame: */
#define CONSUMER(c)       ((c) * WORDS_EACH + 1)
#define SERVER_STATUS(c)  ((c) * WORDS_EACH + 2)
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

/* What is behind a record is no record: cleared before the record is written. */
#ifdef MUTANT_NO_CLEARED_LINE
#define CLEAR(cpu, word)     skip
#else
#define CLEAR(cpu, word)     STORE(cpu, word, 0)
#endif

/* Shown by a server that polls and has had nothing to do for a while: nobody rings for it, and no client waits for it. */
#define SPINNING  255
#ifdef MUTANT_SLEEPS_SPINNING
#define SHOW_PARK(cpu, word, parks)  skip
#else
#define SHOW_PARK(cpu, word, parks)  STORE(cpu, word, parks)
#endif

/* The status of a peer that has parked is the number of that park; RUNNING and SPINNING are none. */
#ifdef MUTANT_UNNUMBERED_PARKS
#define NEXT_PARK(parks)     parks = PARKED
#else
#define NEXT_PARK(parks)     parks++
#endif

inline RING_ONCE(cpu, status, rung)
{
    if
    :: status != RUNNING && status != SPINNING && status != rung -> RING(cpu); rung = status
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
        :: written < MESSAGES_OF(c) && written - consumed < CAPACITY -> CLEAR(c, RECORD(c, written + 1)); atomic { STORE(c, RECORD(c, written), written + 1); written++ }
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
        /* They are there as soon as they are written. Look at the peer once for all of them. */
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
    byte c, record, status, total, parks;
    byte consumed[CLIENTS], rung[CLIENTS];
    bool idle, spinning;
    LOAD_LOCALS;

    do
    :: ALL_CONSUMED -> break
    :: else ->
        /* A turn: take what every ring holds, and give the room back. */
        idle = true;
        c = 0;
        do
        :: c < CLIENTS ->
            LOAD(SERVER, RECORD(c, consumed[c]), record);
            if
            :: record != 0 ->
                idle = false;
                do
                :: record != 0 ->
                    assert(record == consumed[c] + 1);
                    d_step { consumed[c]++; total++ }
                    LOAD(SERVER, RECORD(c, consumed[c]), record)
                :: else -> break
                od;
                STORE(SERVER, CONSUMER(c), consumed[c]);
                SPACE_FENCE(SERVER);
                LOAD(SERVER, CLIENT_STATUS(c), status);
                RING_ONCE(c, status, rung[c])
            :: else
            fi;
            d_step { c++; record = 0; status = 0 }
        :: else -> break
        od;

        if
        :: idle != spinning ->
            /* Nothing for a while, or something after all: say so. */
            spinning = idle;
            c = 0;
            do
            :: c < CLIENTS -> STORE(SERVER, SERVER_STATUS(c), (idle -> SPINNING : RUNNING)); c++
            :: else -> break
            od
        :: idle && spinning && !ALL_CONSUMED ->
            /* All rings were empty twice: park. */
            NEXT_PARK(parks);
            c = 0;
            do
            :: c < CLIENTS -> SHOW_PARK(SERVER, SERVER_STATUS(c), parks); c++
            :: else -> break
            od;
            RECEIVER_FENCE(SERVER);
            c = 0;
            do
            :: SECOND_LOOK && c < CLIENTS && idle ->
                LOAD(SERVER, RECORD(c, consumed[c]), record);
                idle = (record == 0);
                d_step { c++; record = 0 }
            :: else -> break
            od;
            if
            :: idle -> SLEEP(SERVER)
            :: else
            fi;
            spinning = false;
            c = 0;
            do
            :: c < CLIENTS -> STORE(SERVER, SERVER_STATUS(c), RUNNING); c++
            :: else -> break
            od
        :: else
        fi
    od
}
