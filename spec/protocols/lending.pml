/*
 * How memory is lent for long messages, read in place, and given back or returned.
 *
 * The lender writes a message into a unit of its own frame, then a record that says where, and which loan of the unit it is. The reader reads
 * there for as long as it likes, keeps some and gives back others first, by writing the loan's number into the word of that unit in its own frame;
 * or it answers with the message itself, by a record that says where: then the lender reads its own unit, and the word stays as it was.
 * The lender lends a unit again when that word shows the number of the unit's last loan, or when it has read what was returned there; while no
 * unit is free, a message goes through the ring. Numbers wrap around, and leave out the one that the word shows.
 *
 * spin checks that both find each message as it was written until they are done with it, that only what is lent is returned (the assertions), and that
 * all messages come. Nobody sleeps for memory, so there is no wake-up to lose. README.md says what each mutant does otherwise.
 */

#ifndef UNITS
#define UNITS     2
#endif
#ifndef MESSAGES
#define MESSAGES  4
#endif
/* Few, so that they wrap around: three loans of one unit are enough. */
#define LOANS     3

#define LENDER  0
#define READER  1

/* The lender's frame. A record is the loan's number and its unit, or INLINE; there is room for all. */
#define CONTENT(u)   (u)
#define RECORD(n)    (UNITS + (n))
/* The reader's frame. An answer is the record of the message that it returns. */
#define RETURNED(u)  (UNITS + MESSAGES + (u))
#define ANSWER(m)    (2 * UNITS + MESSAGES + (m))

#define WORDS         (2 * UNITS + 2 * MESSAGES)
#define BUFFER_DEPTH  3
#define CPUS          2

#include "tso.pml"

#define INLINE         1
#define PACK(u, loan)  (2 + (u) + UNITS * (loan))
#define UNIT_OF(r)     (((r) - 2) % UNITS)
#define LOAN_OF(r)     (((r) - 2) / UNITS)

#ifdef MUTANT_UNNUMBERED_LOANS
#define NEXT_LOAN(u)   1
#endif
#ifdef MUTANT_WRAPS_INTO_WHAT_IS_SHOWN
#define NEXT_LOAN(u)   ((loan[u] + 1) % LOANS)
#endif
#ifndef NEXT_LOAN
#define NEXT_LOAN(u)   ((loan[u] + 1) % LOANS == shown[u] -> (loan[u] + 2) % LOANS : (loan[u] + 1) % LOANS)
#endif

#ifdef MUTANT_LENDS_WHAT_IT_READS
#define IS_READ(u)     false
#else
#define IS_READ(u)     (own != 0 && UNIT_OF(own) == u)
#endif

active proctype Lender()
{
    byte n, m, u, returned, own, content, expected;
    byte loan[UNITS], shown[UNITS], written[UNITS];
    bool lent[UNITS];
    LOAD_LOCALS;

    do
    :: n < MESSAGES ->
        /* Any unit that is free as far as the reader shows, or the ring. */
        u = 0;
        do
        :: u < UNITS ->
            LOAD(LENDER, RETURNED(u), returned);
            if
            :: d_step { lent[u] && returned == loan[u] -> lent[u] = false; shown[u] = returned }
            :: else
            fi;
            if
            :: !lent[u] && !IS_READ(u) -> break
            :: u++
            fi
        :: else -> break
        od;
        if
        :: u < UNITS ->
            d_step { loan[u] = NEXT_LOAN(u); lent[u] = true; written[u] = n + 1 };
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
    :: own == 0 && m < MESSAGES ->
        /* The next answer is taken back: nobody reads there now, and the word does not tell. */
        LOAD(LENDER, ANSWER(m), own);
        if
        :: own != 0 ->
            assert(lent[UNIT_OF(own)] && loan[UNIT_OF(own)] == LOAN_OF(own));
            d_step { lent[UNIT_OF(own)] = false; expected = written[UNIT_OF(own)]; m++ }
        :: else
        fi
    :: own != 0 ->
        LOAD(LENDER, CONTENT(UNIT_OF(own)), content);
        assert(content == expected);
        d_step { own = 0; content = 0; expected = 0 }
    :: n == MESSAGES -> break
    od
}

#define GIVE_BACK(n)  STORE(READER, RETURNED(UNIT_OF(held[n])), LOAN_OF(held[n]))
#ifdef MUTANT_GIVES_BACK_WHAT_IT_RETURNS
#define RETURN(n)     GIVE_BACK(n); STORE(READER, ANSWER(m), held[n]); m++
#else
#define RETURN(n)     STORE(READER, ANSWER(m), held[n]); m++
#endif
#define CHECK(n)      LOAD(READER, CONTENT(UNIT_OF(held[n])), content); assert(content == n + 1)

active proctype Reader()
{
    byte n, m, k, record, content;
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
        /* One that is kept, or none: read once more, and given back or returned. */
        do
        :: k < n && held[k] != 0 ->
#ifdef MUTANT_RETURNS_BEFORE_READING
            GIVE_BACK(k);
            CHECK(k);
#else
            CHECK(k);
            if
            :: GIVE_BACK(k)
            :: RETURN(k)
            fi;
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
