/*
 * One processor of the Metal machine deletes a thread that another one runs: that one lets go of it first (src/Rel4.Metal/Kernel/Traps/Remote.cs). Nothing may be read or written
 * of the thread when its memory is something else's, what is read of it must be there, and nobody may wait for ever.
 */

#define CPUS          2
#define RUNNER        0
#define DELETER       1

#define WORDS         5
#define SERVING       0     /* whose turn in the kernel it is */
#define REQUEST       1     /* the runner is to let go */
#define SAVED         2     /* the thread's registers are in its TCB */
#define GONE          3     /* the runner has no current thread */
#define IDLE          4     /* nor will it have one */

#define BUFFER_DEPTH  4
#define CALLS         2

#include "tso.pml"

/* The last number taken in the queue for the kernel, by a locked operation; the interrupt that the runner has not taken yet; and whether the TCB's memory is another object's. */
byte next;
bool interrupt, freed;

#define TAKE_NUMBER(cpu, mine)  atomic { FENCE(cpu) -> mine = next; next++ }

/* A wait that reads a word again and again, and ends when it has a value. */
#define AWAIT(cpu, word, value) (empty(buffer[cpu]) && memory[word] == value)

#ifdef MUTANT_DEAF_IN_THE_QUEUE
#define HEARS  false
#else
#define HEARS  true
#endif

#ifdef MUTANT_BEGINS_ANYWAY
#define IS_GONE(value)  false
#else
#define IS_GONE(value)  (value == 1)
#endif

#ifdef MUTANT_IDLES_HOLDING_ON
#define LET_GO  skip
#else
#define LET_GO  refers = false
#endif

#ifdef MUTANT_DOES_NOT_WAIT
#define AWAIT_ANSWER  skip
#else
#define AWAIT_ANSWER  AWAIT(DELETER, REQUEST, 0)
#endif

/* Enters the kernel for a thread that runs: saves the registers, queues up, and answers while it waits. */
inline enter()
{
    assert(!freed);
    STORE(RUNNER, SAVED, 1);
    TAKE_NUMBER(RUNNER, mine);
    do
    :: memory[SERVING] == mine -> break
    :: HEARS && AWAIT(RUNNER, REQUEST, 1) ->
        assert(!freed);
        refers = false;
        STORE(RUNNER, REQUEST, 0)
    od
}

active proctype Runner()
{
    byte mine, calls, value;
    bool refers = true;
    LOAD_LOCALS;

    do
    :: calls < CALLS ->                    /* a system call */
        calls++;
        enter();
        LOAD(RUNNER, GONE, value);
        if
        :: IS_GONE(value) -> break
        :: else ->
            assert(!freed);
            if
            :: true                        /* it goes on */
            :: true -> break               /* it blocks */
            fi
        fi;
        refers = true;
        STORE(RUNNER, SAVED, 0);
        STORE(RUNNER, SERVING, mine + 1)
    :: interrupt ->
        interrupt = false;
        enter();
        LOAD(RUNNER, GONE, value);
        if
        :: IS_GONE(value) -> break
        :: else
        fi;
        assert(!freed);
        refers = true;
        STORE(RUNNER, SAVED, 0);
        STORE(RUNNER, SERVING, mine + 1)
    od;

    /* Nobody is left to run. What refers to the thread is left behind before anybody else is in the kernel. */
    LET_GO;
    STORE(RUNNER, IDLE, 1);
    STORE(RUNNER, SERVING, mine + 1);

    /* Another thread comes: to change threads is to write to the last one, if it is still referred to. */
    interrupt -> interrupt = false;
    TAKE_NUMBER(RUNNER, mine);
    AWAIT(RUNNER, SERVING, mine);
    assert(!(refers && freed));
    STORE(RUNNER, SERVING, mine + 1)
}

active proctype Deleter()
{
    byte mine, value;
    LOAD_LOCALS;

    /* One that was sent before, for another reason. */
    if
    :: interrupt = true
    :: true
    fi;
    TAKE_NUMBER(DELETER, mine);
    AWAIT(DELETER, SERVING, mine);
    LOAD(DELETER, IDLE, value);
    if
    :: value == 1
    :: else ->
        STORE(DELETER, REQUEST, 1);
        interrupt = true;
        AWAIT_ANSWER;
        LOAD(DELETER, SAVED, value);
        assert(value == 1);
        STORE(DELETER, GONE, 1)
    fi;
    freed = true;
    STORE(DELETER, SERVING, mine + 1);

    /* Later, something for the runner to do. */
    AWAIT(DELETER, IDLE, 1);
    interrupt = true
}
