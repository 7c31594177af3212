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
