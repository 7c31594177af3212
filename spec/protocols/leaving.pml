/*
 * What an end of a channel may leave for later when it parks: records in its ring, and the wish for room that a message has.
 *
 * A client makes CALLS calls without waiting for the replies in between; a server answers each. A message for which a ring is full waits.
 * - The server's code asks for one request after another. While it doesn't, or a reply waits for room, requests stay in the ring and are
 *   nothing to do: the server parks, and its second look leaves them out (ChannelEnd.LeavesRecords, which ChannelSource.ShowReading sets).
 *   No record comes and rings when it reads again, so it looks by itself (ChannelSource.ChangeReading). The model stands as well for a
 *   reader that waits until its peer has memory again (ChannelEnd.WaitsForMemory, ChannelSource.OnMemoryGivenBack).
 * - The last call may have a time limit. When its time is over while it waits, it stays in the queue until there is room (PendingWrite.IsStale), and is
 *   passed over then (ChannelSource.WriteWaiting). The wish for room ends with the last message that waits.
 *
 * A parked end shows whether it wants room; who gives room rings for that only, who writes a record rings for either. An end that wakes for
 * another reason than the doorbell - its code's - stays cold: it polls nothing.
 *
 * spin checks that the client gets all its replies (a lost wake-up is an invalid end state), and that an end which finds something to do
 * when it parks does something in its next turn (the assertion): else it would look for ever, and never sleep. What an end does by itself is
 * one step with the load before it: nobody sees it before it leaves the store buffer.
 */

#ifndef CALLS
#define CALLS     2
#endif
#define CAPACITY  1                    /* and a line that stays free */

#define CLIENT  0
#define SERVER  1
#define CPUS    2
#define PEER(me)  (1 - (me))

/* The words of an end: its ring, how far it has read its peer's, and whether it is parked. */
#define RECORD(end, n)  ((end) * WORDS_EACH + (n) % (CAPACITY + 1))
#define CONSUMER(end)   ((end) * WORDS_EACH + CAPACITY + 1)
#define STATUS(end)     ((end) * WORDS_EACH + CAPACITY + 2)
#define WORDS_EACH      (CAPACITY + 3)

#define WORDS         (CPUS * WORDS_EACH)
#define BUFFER_DEPTH  4

#include "parking.pml"

/* A park's number, and whether the end wants room. */
#define PARKED_AS(parks, wantsRoom)  ((parks) * 2 + (wantsRoom))
#define IS_FOR_ROOM(status)          ((status) % 2 == 1)

/* The wish for room ends when no message waits any more. */
#ifdef MUTANT_KEEPS_WANTING_ROOM
#define WANT_NO_ROOM   skip
#else
#define WANT_NO_ROOM   wantsRoom = false
#endif

/* Whoever reads again looks what was left. */
#ifdef MUTANT_FORGETS_TO_LOOK
#define READ_AGAIN(me)  skip
#else
#define READ_AGAIN(me)  GO_HOT(me)
#endif

/* What an end knows itself. It is hot while it polls. */
#define END_LOCALS \
    byte written, consumed, read, record, status, parks, rung; \
    bool isHot = true, waits, wantsRoom, owesRecord, owesRoom, works, wasRefused; \
    LOAD_LOCALS

#define IS_FULL  (written - consumed == CAPACITY)

inline GO_HOT(me)
{
    isHot = true;
    STORE(me, STATUS(me), RUNNING)
}

/* Writes the message that waits, if there is room. */
inline WRITE(me)
{
    atomic {
        LOAD(me, CONSUMER(PEER(me)), consumed);
        if
        :: IS_FULL -> wantsRoom = true
        :: else ->
            STORE(me, RECORD(me, written + 1), 0);
            STORE(me, RECORD(me, written), written + 1);
            written++;
            owesRecord = true;
            works = true;
            waits = false;
            WANT_NO_ROOM
        fi
    }
}

inline READ(me)
{
    assert(record == read + 1);
    read++;
    owesRoom = true;
    works = true;
    STORE(me, CONSUMER(me), read)
}

/* Wakes the peer if it is parked and there is something for it. */
inline FLUSH(me)
{
    atomic {
        if
        :: owesRecord || owesRoom ->
            SENDER_FENCE(me);
            LOAD(me, STATUS(PEER(me)), status);
            if
            :: status != RUNNING && status != rung && (owesRecord || IS_FOR_ROOM(status)) -> RING(PEER(me)); rung = status
            :: else
            fi;
            status = 0;
            owesRecord = false;
            owesRoom = false
        :: else
        fi
    }
}

/* Parks, unless there is something to do. */
inline TRY_GO_COLD(me, reads)
{
    atomic {
        parks++;
        STORE(me, STATUS(me), PARKED_AS(parks, wantsRoom));
        RECEIVER_FENCE(me);
        LOAD(me, RECORD(PEER(me), read), record)
    };
    atomic {
        LOAD(me, CONSUMER(PEER(me)), consumed);
        if
        :: SECOND_LOOK && ((record != 0 && reads) || (wantsRoom && !IS_FULL)) ->
            assert(!wasRefused);
            wasRefused = true;
            STORE(me, STATUS(me), RUNNING)
        :: else -> isHot = false
        fi;
        record = 0
    }
}

/* Ends a turn: goes on, or parks if it was in vain. */
inline END_TURN(me, reads)
{
    FLUSH(me);
    if
    :: atomic { works -> works = false; wasRefused = false }
    :: !works && isHot -> TRY_GO_COLD(me, reads)
    :: else
    fi
}

#define HAS_ENDED  (called == CALLS && (!waits || isStale) && read == written)

active proctype Client()
{
    byte called;
    bool isLimited, isStale;
    END_LOCALS;

    if
    :: isLimited = true
    :: isLimited = false
    fi;
    do
    :: HAS_ENDED -> break
    :: else ->
        if
        :: called < CALLS && !waits -> atomic { called++; waits = true }; WRITE(CLIENT)
        :: waits && !isStale && isLimited && called == CALLS -> isStale = true
        :: true
        fi;
        if
        :: isHot ->
            atomic {
                LOAD(CLIENT, RECORD(SERVER, read), record);
                if
                :: record != 0 -> READ(CLIENT)
                :: else
                fi;
                record = 0
            };
            if
            :: wantsRoom ->
                LOAD(CLIENT, CONSUMER(SERVER), consumed);
                if
                :: atomic { waits && !IS_FULL && isStale -> waits = false; isStale = false; works = true; WANT_NO_ROOM }
                :: waits && !IS_FULL && !isStale -> WRITE(CLIENT)
                :: else
                fi
            :: else
            fi
        :: else
        fi;
        END_TURN(CLIENT, true);
        if
        :: isHot
        :: !isHot ->
            if
            :: atomic { doorbell[CLIENT] -> doorbell[CLIENT] = false; GO_HOT(CLIENT) }
            :: waits && !isStale && isLimited && called == CALLS -> isStale = true
            :: called < CALLS && !waits
            :: HAS_ENDED
            fi
        fi
    od
}

/* Requests are nothing to do while the code doesn't ask for one, or a reply waits. */
#define READS  (asks && !waits)

active proctype Server()
{
    bool asks;
    END_LOCALS;

    do
    :: true ->
        if
        :: isHot ->
            atomic {
                LOAD(SERVER, RECORD(CLIENT, read), record);
                if
                :: record != 0 && READS -> READ(SERVER); asks = false; waits = true
                :: else
                fi;
                record = 0
            };
            if
            :: waits -> WRITE(SERVER)
            :: else
            fi
        :: else
        fi;
        END_TURN(SERVER, READS);
        if
        :: isHot
        :: isHot && !asks -> asks = true
        :: !isHot ->
end:        if
            :: atomic { doorbell[SERVER] -> doorbell[SERVER] = false; GO_HOT(SERVER) }
            :: atomic { !asks -> asks = true; READ_AGAIN(SERVER) }
            fi
        fi
    od
}
