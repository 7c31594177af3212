using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Metal.User;

/// <summary>Lays out the page by which the root task tells another what to do, and learns what came of it.</summary>
/// <remarks>
/// The root task writes a command and signals; the other does it and then sets <see cref="Completed"/>. It has the higher priority, so when the root
/// task runs again it has done the command or waits for something. Commands do not travel by endpoint, since receiving there would forget a caller.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct CommandPage
{
    /// <summary>Number of the command; the root task writes it.</summary>
    public ulong Issued;

    /// <summary>What to do.</summary>
    public WorkerCommand Command;

    /// <summary>The system call to make.</summary>
    public Syscall Call;

    /// <summary>The capability to make it on, or the address to read, write or run at, or which hostile act.</summary>
    public ulong Target;

    /// <summary>The message's description, or the value to write, or how often.</summary>
    public ulong Argument;

    /// <summary>The message's words 0 to 3; the others were put into the IPC buffer.</summary>
    public Words Sent;

    /// <summary>Number of the last command that is done; the other task writes it and all below.</summary>
    public ulong Completed;

    /// <summary>The badge that came with a message, or the value that was read.</summary>
    public ulong Badge;

    /// <summary>The description of the message that came.</summary>
    public MessageInfo Received;

    /// <summary>Words 0 to 3 of the message that came.</summary>
    public Words Got;

    /// <summary>Counts the turns of an endless loop.</summary>
    public ulong Turns;
}

/// <summary>Holds the message words that travel in registers.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Words
{
    /// <summary>Message word 0.</summary>
    public ulong Word0;

    /// <summary>Message word 1.</summary>
    public ulong Word1;

    /// <summary>Message word 2.</summary>
    public ulong Word2;

    /// <summary>Message word 3.</summary>
    public ulong Word3;
}

/// <summary>Names what a task that takes commands can do.</summary>
internal enum WorkerCommand : ulong
{
    /// <summary>Reads the word at the target.</summary>
    Read = 1,

    /// <summary>Writes the argument to the target.</summary>
    Write = 2,

    /// <summary>Calls the code at the target, whose bit 1 is clear: compiled code takes that for a mark of its own.</summary>
    Run = 3,

    /// <summary>Counts turns for ever.</summary>
    Count = 4,

    /// <summary>Workers: makes the system call described.</summary>
    SystemCall = 5,

    /// <summary>Workers: replies to the calls that come to the target for ever, with as many words as the argument says.</summary>
    Serve = 6,

    /// <summary>Workers: receives from the target for ever.</summary>
    Take = 7,

    /// <summary>Hostile: calls itself until the stack is used up.</summary>
    Overflow = 8,

    /// <summary>Hostile: signals and sends to all it holds, for ever.</summary>
    Flood = 9,

    /// <summary>Hostile: makes as many random system calls as the argument says, from the seed in the target.</summary>
    Fuzz = 10,
}
