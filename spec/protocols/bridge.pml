/*
 * Calls between two machines, over servers that may lose whatever is on its way, and repeat nothing (src/Rel4.Nats/Bridge).
 *
 * The importer finds an exporter for its client, numbers the calls, sends each whole or in two parts, and asks for the rest of a long answer; and ends every one of them: by the answer; by what the exporter or the server says; or, when there is no
 * sign, after some time. The exporter may die at any moment, and another come in its place, which knows nothing of the first one's clients; and it forgets a client that is silent.
 *
 * spin checks that every call ends, that an answer means that it was carried out once, and that "not delivered" means that it was not, and never will be (the assertions).
 * README.md says what each mutant does otherwise.
 */

#define CALLS    2

mtype = { OPEN, WHOLE, FIRST, LAST, CREDIT, OPENED, BEGIN_REPLY, REPLY, UNKNOWN, NO_RESPONDERS };
mtype = { PENDING, ANSWERED, NOT_DELIVERED, LOST };

/* Kind, call, and which exporter (or, of an answer, whose it is). */
chan requests = [3] of { mtype, byte, byte };
chan answers  = [3] of { mtype, byte, byte };

mtype outcome[CALLS + 1] = PENDING;
byte carried_out[CALLS + 1];

/* The exporter that is there, or is not; those that come later have other names. */
byte exporter = 1;
bool is_there = true;

/* How often an exporter dies, or forgets its client. */
byte deaths = 2;

/* Full buffers lose as cut lines do. */
#define PUBLISH(line, kind, call, whose) \
    if \
    :: nfull(line) -> line!kind,call,whose \
    :: true \
    fi

#ifdef MUTANT_SILENCE_MEANS_NOT_DELIVERED
#define SILENT(n)  NOT_DELIVERED
#else
/* Without its last part nobody carries it out. */
#define SILENT(n)  (sent[n] -> LOST : NOT_DELIVERED)
#endif

/* The call is one that was begun with this exporter, and its first part came. */
#ifdef MUTANT_CARRIES_OUT_PARTS_OF_NOTHING
#define HAS_FIRST(n)  true
#else
#define HAS_FIRST(n)  (assembled == n)
#endif

#define CARRY_OUT(n) \
    assert(outcome[n] != NOT_DELIVERED); \
    d_step { carried_out[n]++; assert(carried_out[n] == 1) }; \
    if \
    :: PUBLISH(answers, REPLY, n, exporter) \
    :: PUBLISH(answers, BEGIN_REPLY, n, exporter) \
    fi

/* Of a call whose answer has begun, it is the asking for the rest that reaches nobody. */
#ifdef MUTANT_TAKES_IT_FOR_THE_CALL
#define UNREACHED(n)  NOT_DELIVERED
#else
#define UNREACHED(n)  (is_answered[n] -> LOST : NOT_DELIVERED)
#endif

#define END(n, how) \
    d_step { \
        if \
        :: outcome[n] == PENDING -> \
            outcome[n] = how; \
            assert(outcome[n] != NOT_DELIVERED || carried_out[n] == 0); \
            assert(outcome[n] != ANSWERED || carried_out[n] == 1) \
        :: else \
        fi \
    }

active proctype Importer()
{
    byte n, whose, target, next = 1;
    bool sent[CALLS + 1], is_answered[CALLS + 1];
    mtype kind;

    do
    :: target == 0 && next <= CALLS ->
        PUBLISH(requests, OPEN, 0, 0);
        /* Waits for who answers, or gives up: the calls that wait were not sent. */
        if
        :: answers?kind,n,whose ->
            if
            :: kind == OPENED -> target = whose
            :: kind == NO_RESPONDERS && n == 0 -> END(next, NOT_DELIVERED); next++
            :: else
            fi
        :: END(next, NOT_DELIVERED); next++
        fi
    :: target != 0 && next <= CALLS ->
        sent[next] = true;
        PUBLISH(requests, WHOLE, next, target);
        next++
    :: target != 0 && next <= CALLS ->
        PUBLISH(requests, FIRST, next, target);
        if
        :: true ->
#ifdef MUTANT_SENT_WHEN_IT_IS_GONE
            PUBLISH(requests, LAST, next, target);
            if
            :: sent[next] = true
            :: END(next, SILENT(next))
            fi
#else
            sent[next] = true;
            PUBLISH(requests, LAST, next, target)
#endif
        :: true        /* the first part's credit never comes */
        fi;
        next++
    :: answers?kind,n,whose ->
        if
        :: n == 0 || outcome[n] != PENDING
        :: else ->
            if
            :: kind == REPLY -> END(n, ANSWERED)
            :: kind == BEGIN_REPLY -> is_answered[n] = true; PUBLISH(requests, CREDIT, n, whose)
            :: kind == NO_RESPONDERS || kind == UNKNOWN ->
                /* That part of it was not taken, so neither is the whole. The exporter is another one from now on. */
                END(n, UNREACHED(n));
                target = 0
            :: else
            fi
        fi;
        d_step { n = 0; whose = 0 }
    :: target != 0 -> target = 0      /* a beat is answered by nobody: what was sent there is lost */
    :: next > CALLS ->
        /* There is no sign for too long. */
        n = 1;
        do
        :: n <= CALLS -> END(n, SILENT(n)); n++
        :: else -> break
        od;
        break
    od
}

/* The one that is there, and those that come after it. */
active proctype Exporter()
{
    byte n, whose, assembled;
    bool has_client;
    mtype kind;

end:
    do
    :: requests?kind,n,whose ->
        if
        :: kind == OPEN && !is_there -> PUBLISH(answers, NO_RESPONDERS, 0, 0)
        :: kind == OPEN && is_there ->
            d_step { has_client = true; assembled = 0 };
            PUBLISH(answers, OPENED, 0, exporter)
        :: kind != OPEN && !(is_there && whose == exporter) ->
            /* Nobody has subscribed to what was the other's: the server says so. */
            PUBLISH(answers, NO_RESPONDERS, n, 0)
        :: else ->
            if
            :: kind == CREDIT -> PUBLISH(answers, REPLY, n, exporter)
            :: (kind == WHOLE || kind == FIRST) && !has_client -> PUBLISH(answers, UNKNOWN, n, 0)
            :: kind == FIRST && has_client -> assembled = n
            :: kind == WHOLE && has_client -> CARRY_OUT(n)
            :: kind == LAST && HAS_FIRST(n) -> assembled = 0; CARRY_OUT(n)
            :: else
            fi
        fi;
        d_step { n = 0; whose = 0 }
    :: deaths > 0 && is_there -> d_step { deaths--; is_there = false; has_client = false; assembled = 0 }
    :: !is_there -> d_step { exporter++; is_there = true }
    :: deaths > 0 && has_client -> d_step { deaths--; has_client = false; assembled = 0 }
    od
}
