/*
 * Memory as x86 processors show it to one another (x86-TSO; P. Sewell et al., "x86-TSO: A Rigorous and Usable Programmer's Model for
 * x86 Multiprocessors", CACM 53(7), 2010): a store waits in its processor's FIFO buffer and reaches memory at any later time; a load
 * takes the newest store to that word from its own buffer, else memory. So the one reordering is a load overtaking an earlier store,
 * and FENCE, which waits for the buffer to be empty, rules it out.
 *
 * The including model defines CPUS, WORDS and BUFFER_DEPTH. A processor is named by its number, from 0.
 */

byte memory[WORDS];
chan buffer[CPUS] = [BUFFER_DEPTH] of { byte, byte };   /* word, value */

#define STORE(cpu, word, value)  buffer[cpu]!word,value

#define FENCE(cpu)               empty(buffer[cpu])

/* Turns the buffer once around, oldest store first, which leaves it as it was. */
inline LOAD(cpu, word, into)
{
    d_step {
        into = memory[word];
        left_to_turn = len(buffer[cpu]);
        do
        :: left_to_turn > 0 ->
            buffer[cpu]?stored_word,stored_value;
            buffer[cpu]!stored_word,stored_value;
            if
            :: stored_word == word -> into = stored_value
            :: else
            fi;
            left_to_turn--
        :: else -> break
        od;
        stored_word = 0;
        stored_value = 0
    }
}

/* What LOAD works with; each process that loads declares it once. */
#define LOAD_LOCALS  byte left_to_turn, stored_word, stored_value

/* Declared first, so that process number and processor number are the same. */
active [CPUS] proctype StoreBuffer()
{
    byte word, value;
end:
    do
    :: atomic { buffer[_pid]?word,value -> memory[word] = value; word = 0; value = 0 }
    od
}
