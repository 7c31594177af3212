/*
 * What the parking protocols have in common: the states of a peer, its doorbell, and the steps that a mutant leaves out.
 */

#include "tso.pml"

#define RUNNING  0
#define PARKED   1

/*
 * A doorbell is what wakes a sleeper: an eventfd, a futex word, a posted user interrupt. It remembers a ring until somebody sleeps on it,
 * and it is no fence: it may overtake the ringer's buffered stores.
 */
bool doorbell[CPUS];

#ifdef MUTANT_FORGETFUL_DOORBELL
bool asleep[CPUS];
#define RING(cpu)   doorbell[cpu] = asleep[cpu]
#define SLEEP(cpu)  asleep[cpu] = true; atomic { doorbell[cpu] -> doorbell[cpu] = false; asleep[cpu] = false }
#else
#define RING(cpu)   doorbell[cpu] = true
#define SLEEP(cpu)  atomic { doorbell[cpu] -> doorbell[cpu] = false }
#endif

/* After publishing, before the look at the peer's status. */
#ifdef MUTANT_NO_SENDER_FENCE
#define SENDER_FENCE(cpu)    skip
#else
#define SENDER_FENCE(cpu)    FENCE(cpu)
#endif

/* After showing PARKED, before the second look. */
#ifdef MUTANT_NO_RECEIVER_FENCE
#define RECEIVER_FENCE(cpu)  skip
#else
#define RECEIVER_FENCE(cpu)  FENCE(cpu)
#endif

#ifdef MUTANT_NO_SECOND_LOOK
#define SECOND_LOOK          false
#else
#define SECOND_LOOK          true
#endif
