/*
 * How memory is lent for long messages, read in place, and given back.
 *
 * The lender writes a message into a unit of its own frame, then a record that says where, and which loan of the unit it is. The reader reads
 * there for as long as it likes, keeps some and gives back others first, by writing the loan's number into the word of that unit in its own frame.
 * The lender lends a unit again when that word shows the number of the unit's last loan; while none does, a message goes through the ring.
 *
 * spin checks that the reader finds each message as it was written until it gives it back (the assertions), and that all messages come. Nobody
 * sleeps for memory, so there is no wake-up to lose. README.md says what each mutant does otherwise.
 */

#ifndef UNITS
#define UNITS     2
#endif
#ifndef MESSAGES
#define MESSAGES  4
#endif

#define LENDER  0
#define READER  1

/* The lender's frame. A record is the loan's number and its unit, or INLINE; there is room for all. */
#define CONTENT(u)   (u)
#define RECORD(n)    (UNITS + (n))
/* The reader's frame. */
#define RETURNED(u)  (UNITS + MESSAGES + (u))

#define WORDS         (2 * UNITS + MESSAGES)
#define BUFFER_DEPTH  3
#define CPUS          2

#include "tso.pml"

#define INLINE         1
#define PACK(u, loan)  (2 + (u) + UNITS * (loan))
#define UNIT_OF(r)     (((r) - 2) % UNITS)
#define LOAN_OF(r)     (((r) - 2) / UNITS)

#ifdef MUTANT_UNNUMBERED_LOANS
#define NEXT_LOAN(u)   loan[u] = 1
#else
#define NEXT_LOAN(u)   loan[u]++
#endif

active proctype Lender()
{
    byte n, u, returned;
    byte loan[UNITS];
    LOAD_LOCALS;

    do
    :: n == MESSAGES -> break
    :: else ->
        /* Any unit that is free as far as the reader shows, or the ring. */
        u = 0;
        do
        :: u < UNITS ->
            LOAD(LENDER, RETURNED(u), returned);
            if
            :: returned == loan[u] -> break
            :: u++
            fi
        :: else -> break
        od;
        if
        :: u < UNITS ->
            NEXT_LOAN(u);
#ifdef MUTANT_RECORD_BEFORE_MESSAGE
            STORE(LENDER, RECORD(n), PACK(u, loan[u]));
            STORE(LENDER, CONTENT(u), n + 1)
#else
            STORE(LENDER, CONTENT(u), n + 1);
            STORE(LENDER, RECORD(n), PACK(u, loan[u]))
#endif
        :: else -> STORE(LENDER, RECORD(n), INLINE)
        fi;
        skip;
        d_step { n++; u = 0; returned = 0 }
    od
}

#define GIVE_BACK(n)  STORE(READER, RETURNED(UNIT_OF(held[n])), LOAN_OF(held[n]))
#define CHECK(n)      LOAD(READER, CONTENT(UNIT_OF(held[n])), content); assert(content == n + 1)

active proctype Reader()
{
    byte n, k, record, content;
    byte held[MESSAGES];
    LOAD_LOCALS;

    do
    :: n < MESSAGES ->
        /* The next record. */
        LOAD(READER, RECORD(n), record);
        if
        :: record == 0
        :: record == INLINE -> n++
        :: else -> held[n] = record; n++
        fi;
        record = 0
    :: k = 0;
        /* One that is kept, or none: read once more, and given back. */
        do
        :: k < n && held[k] != 0 ->
#ifdef MUTANT_RETURNS_BEFORE_READING
            GIVE_BACK(k);
            CHECK(k);
#else
            CHECK(k);
            GIVE_BACK(k);
#endif
            held[k] = 0;
            break
        :: k < n -> k++
        :: k == n -> break
        od;
        skip;
        d_step { k = 0; content = 0 }
    :: n == MESSAGES -> break
    od
}
