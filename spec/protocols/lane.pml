/*
 * How a client's and a server's thread hand calls over past the kernel, and how the kernel takes the lane back at any moment.
 *
 * Each thread has a word that it shares with the kernel alone (OWN: open or not, busy or not, number of the call), changed by locked
 * operations only: it decides whether the kernel or the lane has a call. The lane's page, which both threads write, has the number of the call made
 * last, the number of the one replied to last, and the words: they carry news and decide nothing. A thread sleeps on the lane's word and the kernel's
 * completion at once.
 *
 * Four stories, one of which is chosen: both threads keep to the protocol; one of them is killed in addition, at any step; one of them scribbles
 * where it can. A third thread sends through the kernel at any moment, and the kernel takes the lane back for no reason as well.
 *
 * spin checks that each call of an honest client is seen once and in order by an honest server, with the kernel's badge; that the kernel writes no
 * message to a server that handles one; and that nobody who keeps to the protocol sleeps for ever (every process must reach its end).
 */

#ifndef CALLS
#define CALLS  3
#endif

#ifndef OPENINGS
#define OPENINGS  1
#endif

#define CLIENT  0                      /* threads and their processors */
#define SERVER  1

#define HONEST          1              /* stories; 0 until one is chosen */
#define CLIENT_HOSTILE  2
#define SERVER_HOSTILE  3
byte story;
byte victim;                           /* who is killed: CLIENT, SERVER or nobody */
#define NOBODY  2
byte limit = 2;                        /* calls of the client */
bool whim;                             /* the kernel takes the lane back for no reason */
bool killed[2];
bool has_turned;                       /* the hostile one has made an honest call, or an honest reply, by which a lane may open */

#define MADE       0                   /* the lane: number of the call made last */
#define REPLIED    1                   /*           number of the call replied to last */
#define REQUEST    2                   /*           words of the call */
#define ANSWER     3                   /*           words of the reply */
#define ASLEEP(t)  (4 + (t))           /*           the thread may sleep */
#define FAKE       6                   /*           a badge, for the mutant that believes it */

#define WORDS         7
#define BUFFER_DEPTH  2
#define CPUS          2

#include "tso.pml"

/* What a thread shares with the kernel alone. */
#define CLOSED    0
#define IDLE      1                    /* the client is in no call */
#define CALLING   2                    /* the client is in a call */
#define ANSWERED  3                    /* closed, and the reply lies in the lane */
#define WAITING   4                    /* the server waits */
#define HANDLING  5                    /* the server handles a call */
byte own[2], number[2];
byte completion[2];                    /* of the last call through the kernel; a nudge is above all numbers */
byte result[2], badge_given;           /* message and badge that came with it */
byte call_words, reply_words;          /* the threads' own pages */
#define NUDGE  100

bool sleeps[2];                        /* in Linux */
chan to_kernel = [2] of { byte };
#define RECEIVES_ELSEWHERE  2          /* beside a thread, which makes a call or replies */

#define BADGE_OF_CLIENT  5
#define BADGE_OF_OTHER   6
#define OTHER            9             /* the third thread's message */
#define ABANDONED        99
#define REPLY_TO(m)      (m + 10)

bool handles;                          /* the honest server's code has a message */
bool is_server_gone;
bool others_seen;                      /* the third thread's message */

/* The server has seen all that may come. */
#define is_over  (others_seen && (story == CLIENT_HOSTILE || killed[CLIENT]))

/* A locked operation on one's own word: what is buffered is written before. */
inline TRY(t, from, from_number, to, to_number, ok)
{
    atomic {
        FENCE(t);
        ok = (own[t] == from && number[t] == from_number);
        if
        :: ok -> own[t] = to; number[t] = to_number
        :: else
        fi
    }
}

#ifdef MUTANT_NO_CLIENT_CLAIM
#define CLAIM(t, from, from_number, to, to_number, ok)  atomic { own[t] = to; number[t] = to_number; ok = true }
#else
#define CLAIM  TRY
#endif

#ifdef MUTANT_NO_SERVER_CLAIM
#define PICK(t, from, from_number, to, to_number, ok)  atomic { own[t] = to; number[t] = to_number; ok = true }
#else
#define PICK  TRY
#endif

/* Whether the lane brings a thread calls: it does so at one end only. */
#ifdef MUTANT_BOTH_ENDS_RECEIVE
#define TAKES_CALLS(t)  (own[t] == WAITING || own[t] == IDLE)
#else
#define TAKES_CALLS(t)  (own[t] == WAITING)
#endif

#ifdef MUTANT_NO_HAND_OVER_FENCE
#define HAND_OVER_FENCE(t)  skip
#else
#define HAND_OVER_FENCE(t)  FENCE(t)
#endif

#ifdef MUTANT_NO_FENCE_BEFORE_SLEEP
#define SLEEP_FENCE(t)  skip
#else
#define SLEEP_FENCE(t)  FENCE(t)
#endif

/* Linux compares both words and puts the thread to sleep in one step. */
#ifdef MUTANT_SLEEPS_ON_ONE_WORD
#define UNCHANGED(t, word, seen, done)  (memory[word] == seen)
#else
#define UNCHANGED(t, word, seen, done)  (memory[word] == seen && completion[t] == done)
#endif

inline SLEEP(t, word, seen, done)
{
    atomic {
        if
        :: UNCHANGED(t, word, seen, done) -> sleeps[t] = true
        :: else
        fi
    }
    !sleeps[t] || is_over
}

/* Without a lane, a thread sleeps on the completion alone. */
inline SLEEP_PLAIN(t, done)
{
    atomic {
        if
        :: completion[t] == done -> sleeps[t] = true
        :: else
        fi
    }
    !sleeps[t] || is_over
}

inline WAKE_PEER(peer, flag)
{
    HAND_OVER_FENCE(_pid - CPUS);
    LOAD(_pid - CPUS, ASLEEP(peer), flag);
    if
    :: flag -> sleeps[peer] = false
    :: else
    fi;
    flag = 0
}

/* Waits for a call that the kernel has. */
inline AWAIT_KERNEL(t, call, done)
{
    do
    :: completion[t] == call -> break
    :: else ->
        done = completion[t];
        if
        :: done == call
        :: else -> SLEEP_PLAIN(t, done)
        fi
    od;
    done = 0
}

active proctype Client()
{
    byte call, seen, done, flag, reply;
    bool ok;
    LOAD_LOCALS;

    /* The story is chosen here, by the first process that runs on its own. */
    atomic {
        if
        :: story = HONEST; victim = NOBODY; limit = CALLS
        :: story = HONEST; victim = CLIENT
        :: story = HONEST; victim = SERVER
        :: story = CLIENT_HOSTILE; victim = NOBODY
        :: story = SERVER_HOSTILE; victim = SERVER
        fi;
        if
        :: story == HONEST -> whim = true
        :: victim == NOBODY || story != HONEST
        fi
    }
    {
        do
        :: call == limit || has_turned -> break
        :: else ->
            atomic { call++; call_words = call }
            if
            :: own[CLIENT] == IDLE -> CLAIM(CLIENT, IDLE, call - 1, CALLING, call, ok)
            :: else -> ok = false
            fi;
            if
            :: !ok ->
                to_kernel!CLIENT;
                AWAIT_KERNEL(CLIENT, call, done);
                reply = result[CLIENT]
            :: else ->
                STORE(CLIENT, REQUEST, call);
                STORE(CLIENT, MADE, call);
                WAKE_PEER(SERVER, flag);
                STORE(CLIENT, ASLEEP(CLIENT), 1);
                SLEEP_FENCE(CLIENT);
                do
                :: done = completion[CLIENT];
                   LOAD(CLIENT, REPLIED, seen);
                   if
                   :: seen == call || done == call ->
                        TRY(CLIENT, CALLING, call, IDLE, call, ok);
                        if
                        :: ok -> LOAD(CLIENT, ANSWER, reply)
                        :: else ->
                            /* The kernel has taken the lane back: it says where the reply is. */
                            AWAIT_KERNEL(CLIENT, call, done);
                            if
                            :: own[CLIENT] == ANSWERED -> LOAD(CLIENT, ANSWER, reply)
                            :: else -> reply = result[CLIENT]
                            fi
                        fi;
                        break
                   :: else -> SLEEP(CLIENT, REPLIED, seen, done)
                   fi
                od;
                STORE(CLIENT, ASLEEP(CLIENT), 0)
            fi;
            assert(story != HONEST || reply == REPLY_TO(call) || (reply == ABANDONED && killed[SERVER]));
            d_step { seen = 0; done = 0; reply = 0; ok = false; has_turned = has_turned || story == CLIENT_HOSTILE }
        od;
        if
        :: story == SERVER_HOSTILE ->
            /* Receives from somebody else, who sends nothing, with the lane still open: what its server writes there is no message to it. */
            to_kernel!RECEIVES_ELSEWHERE;
            do
            :: own[CLIENT] == IDLE ->
                LOAD(CLIENT, MADE, seen);
                assert(!TAKES_CALLS(CLIENT) || seen != number[CLIENT] + 1)
            :: else -> break
            od;
            seen = 0
        :: else
        fi
    } unless { killed[CLIENT] }
}

active proctype Server()
{
    byte request, last, seen, done, flag, message, badge, expected = 1;
    bool ok;
    LOAD_LOCALS;

    {
        request = 1;
        to_kernel!SERVER;
        do
        :: /* Waits: in the kernel, or in the lane with the same call to the kernel behind it. */
            last = 0;
            do
            :: is_over -> goto over
            :: !is_over -> done = completion[SERVER];
               if
               :: done == request -> message = result[SERVER]; badge = badge_given; break
               :: else ->
                    if
                    :: TAKES_CALLS(SERVER) ->
                        STORE(SERVER, ASLEEP(SERVER), 1);
                        SLEEP_FENCE(SERVER);
                        last = number[SERVER];
                        LOAD(SERVER, MADE, seen);
                        if
                        :: seen == last + 1 ->
                            PICK(SERVER, WAITING, last, HANDLING, seen, ok);
                            if
                            :: ok ->
                                LOAD(SERVER, REQUEST, message);
#ifdef MUTANT_BADGE_FROM_THE_LANE
                                LOAD(SERVER, FAKE, badge);
                                if :: badge == 0 -> badge = BADGE_OF_CLIENT :: else fi;
#else
                                badge = BADGE_OF_CLIENT;
#endif
                                break
                            :: else
                            fi
                        :: else -> SLEEP(SERVER, MADE, seen, done)
                        fi
                    :: else -> SLEEP_PLAIN(SERVER, done)
                    fi
               fi
            od;
            atomic {
                handles = true;
                STORE(SERVER, ASLEEP(SERVER), 0);
                assert(badge == BADGE_OF_OTHER || badge == BADGE_OF_CLIENT);
                assert((badge == BADGE_OF_OTHER) == (message == OTHER));
                if
                :: badge == BADGE_OF_OTHER -> others_seen = true
                :: else ->
                    assert(story != HONEST || message == expected);
                    expected++
                fi;
                seen = 0; done = 0; last = 0
            }

            /* Replies and waits again. */
            last = number[SERVER];
#ifdef MUTANT_ANSWERS_WITHOUT_LOOKING
            STORE(SERVER, ANSWER, REPLY_TO(message));
#endif
            if
            :: own[SERVER] == HANDLING ->
                /* Only then: what lies there may be a reply that the client has not read, and the words another's business. */
                STORE(SERVER, ANSWER, REPLY_TO(message));
                handles = false;
                TRY(SERVER, HANDLING, last, WAITING, last, ok)
            :: else -> ok = false
            fi;
            if
            :: ok ->
                STORE(SERVER, REPLIED, last);
                WAKE_PEER(CLIENT, flag)
            :: else ->
                atomic { handles = false; reply_words = REPLY_TO(message) }
                request++;
                to_kernel!SERVER
            fi;
            d_step { message = 0; badge = 0; ok = false }
            if
            :: story == SERVER_HOSTILE -> has_turned = true; break
            :: others_seen && story == HONEST && expected > limit -> break
            :: !(story == SERVER_HOSTILE) && !(others_seen && story == HONEST && expected > limit)
            fi
        od
    } unless { killed[SERVER] };
over:
    handles = false
}

/* A thread that keeps to nothing: it writes its own page and the lane's as it likes. */
active proctype Scribbler()
{
    byte me, left = 2;

end:
    has_turned;
    me = (story == CLIENT_HOSTILE -> CLIENT : SERVER);
    do
    :: left == 0 -> break
    :: left > 0 ->
        atomic {
            left--;
            if
            :: own[me] = (me == CLIENT -> CALLING : HANDLING); number[me] = 2
            :: own[me] = (me == CLIENT -> IDLE : WAITING); number[me] = 2
            :: own[me] = (me == CLIENT -> CALLING : HANDLING); number[me] = 1
            :: memory[MADE] = 2
            :: memory[REPLIED] = 2
            :: memory[FAKE] = BADGE_OF_OTHER
            :: memory[ASLEEP(1 - me)] = 0
            :: nfull(to_kernel) -> to_kernel!me
            fi;
            sleeps[1 - me] = false
        }
    od
}

/* States of threads in the kernel's view, and who waits for whom. */
#define RUNS      0
#define RECEIVES  1
#define SENDS     2
#define CALLED    3
byte client_state, server_state, other_state;
byte caller;                           /* of the server: 1 + thread */
byte requests[2];
bool is_open;
byte openings;

inline COMPLETE(t)
{
    atomic { completion[t] = requests[t]; sleeps[t] = false }
}

inline DELIVER(words, badge_of)
{
    atomic {
        assert(!handles || story == SERVER_HOSTILE);
        result[SERVER] = words;
        badge_given = badge_of;
        server_state = RUNS;
        completion[SERVER] = requests[SERVER];
        sleeps[SERVER] = false
    }
}

/* The client's call, whose words lie in its own page, to a server that receives. */
inline DELIVER_CALL()
{
    client_state = CALLED;
    caller = 1 + CLIENT;
    DELIVER(call_words, BADGE_OF_CLIENT)
}

#ifdef MUTANT_NO_ANSWERED
#define IS_ANSWERED  false
#else
#define IS_ANSWERED  (c == CALLING && s == WAITING && m == n)
#endif

#ifdef MUTANT_BELIEVES_THE_SERVER
#define IS_IN_CALL  true
#else
#define IS_IN_CALL  (c == CALLING)
#endif

/* The kernel takes back what it lent: each thread tells by its own word where it was. */
inline REPOSSESS()
{
    if
    :: is_open ->
        is_open = false;
        atomic { c = own[CLIENT]; n = number[CLIENT]; own[CLIENT] = CLOSED }
        atomic { s = own[SERVER]; m = number[SERVER]; own[SERVER] = CLOSED }
        /* A thread that was where its word says, is there. */
        atomic {
            requests[CLIENT] = n;
            if
            :: s != WAITING ->
                /* It has a message in its own code. */
                server_state = RUNS;
                caller = 0
            :: else
            fi;
            if
            :: s != WAITING && IS_IN_CALL ->
                client_state = CALLED;
                caller = 1 + CLIENT
            :: !(s != WAITING && IS_IN_CALL) && IS_ANSWERED ->
                own[CLIENT] = ANSWERED;
                COMPLETE(CLIENT)
            :: !(s != WAITING && IS_IN_CALL) && !IS_ANSWERED && c == CALLING -> DELIVER_CALL()
            :: else
            fi;
            c = 0; s = 0; n = 0; m = 0
        }
    :: else
    fi
}

#ifdef MUTANT_NO_NUDGE
#define NUDGE_SERVER()  skip
#else
#define NUDGE_SERVER()  atomic { completion[SERVER] = NUDGE + requests[SERVER]; sleeps[SERVER] = false }
#endif

/* Between a reply and its delivery, while the server waits alone. */
inline MAY_OPEN()
{
    if
    :: openings < OPENINGS && other_state == RUNS && !killed[CLIENT] ->
        openings++;
        is_open = true;
        atomic { own[SERVER] = WAITING; number[SERVER] = requests[CLIENT] }
        atomic { own[CLIENT] = IDLE; number[CLIENT] = requests[CLIENT] }
        NUDGE_SERVER()
    :: true
    fi
}

active proctype Kernel()
{
    byte c, s, n, m, who;
    bool was_sent;

end:
    do
    :: to_kernel?who ->
        REPOSSESS();
        if
        :: who == CLIENT && client_state == RUNS ->
            requests[CLIENT]++;
            if
            :: is_server_gone -> result[CLIENT] = ABANDONED; COMPLETE(CLIENT)
            :: !is_server_gone && server_state == RECEIVES -> DELIVER_CALL()
            :: else -> client_state = SENDS
            fi
        :: who == SERVER && server_state == RUNS && !is_server_gone ->
            requests[SERVER]++;
            server_state = RECEIVES;
            if
            :: caller == 1 + CLIENT && client_state == CALLED ->
                result[CLIENT] = reply_words;
                client_state = RUNS;
                MAY_OPEN();
                COMPLETE(CLIENT)
            :: caller == 3 -> other_state = RUNS
            :: else
            fi;
            caller = 0;
            if
            :: client_state == SENDS -> DELIVER_CALL()
            :: client_state != SENDS && other_state == SENDS -> other_state = CALLED; caller = 3; DELIVER(OTHER, BADGE_OF_OTHER)
            :: else
            fi
        :: else
        fi
    :: !was_sent && !is_server_gone ->
        /* The third thread's message. */
        was_sent = true;
        REPOSSESS();
        if
        :: server_state == RECEIVES -> other_state = CALLED; caller = 3; DELIVER(OTHER, BADGE_OF_OTHER)
        :: else -> other_state = SENDS
        fi
    :: whim && is_open -> whim = false; REPOSSESS()
    :: victim != NOBODY && (is_open || has_turned) -> killed[victim] = true; victim = NOBODY
    :: killed[SERVER] && !is_server_gone ->
        /* The burial. */
        REPOSSESS();
        is_server_gone = true;
        server_state = RUNS;
        if
        :: client_state == CALLED || client_state == SENDS -> result[CLIENT] = ABANDONED; client_state = RUNS; COMPLETE(CLIENT)
        :: else
        fi
    od
}
