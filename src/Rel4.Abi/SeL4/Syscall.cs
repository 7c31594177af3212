namespace Rel4.Abi;

/// <summary>Numbers the system calls, as libsel4 does for x86_64 without MCS (<c>libsel4/include/api/syscall.xml</c>).</summary>
/// <remarks>
/// Registers at the trap, in and out: <c>rdx</c> this number, <c>rdi</c> capability in and badge out, <c>rsi</c> the
/// <see cref="MessageInfo"/>, <c>r10 r8 r9 r15</c> message words 0 to 3. The others lie in the <see cref="IpcBuffer"/>.
/// <c>Wait</c> and <c>Poll</c> are <see cref="Recv"/> and <see cref="NBRecv"/> on a notification, <c>Signal</c> is <see cref="Send"/> on one.
/// </remarks>
public enum Syscall : long
{
    /// <summary>Sends and waits for the reply.</summary>
    Call = -1,

    /// <summary>Replies to the last caller, then receives.</summary>
    ReplyRecv = -2,

    /// <summary>Sends, waiting for a receiver.</summary>
    Send = -3,

    /// <summary>Sends if a receiver waits, else drops the message.</summary>
    NBSend = -4,

    /// <summary>Receives, waiting for a sender.</summary>
    Recv = -5,

    /// <summary>Replies to the last caller.</summary>
    Reply = -6,

    /// <summary>Gives up the rest of the time slice.</summary>
    Yield = -7,

    /// <summary>Receives if a sender waits, else returns badge 0.</summary>
    NBRecv = -8,

    /// <summary>Prints the character in the capability's register. This and the next are there if the kernel was built with debug calls.</summary>
    DebugPutChar = -9,

    /// <summary>Prints the threads that could run.</summary>
    DebugDumpScheduler = -10,

    /// <summary>Ends the machine.</summary>
    DebugHalt = -11,

    /// <summary>Gives the kind of a capability.</summary>
    DebugCapIdentify = -12,

    /// <summary>Prints the capabilities of the calling thread's root CNode.</summary>
    DebugSnapshot = -13,

    /// <summary>Gives a thread the name that lies in the IPC buffer, ended by a zero byte.</summary>
    DebugNameThread = -14,

    /// <summary>Writes the first message word to a model-specific register, whose number is in the capability's register. This and the next are there if the kernel was built with them.</summary>
    X86DangerousWriteMsr = -27,

    /// <summary>Reads a model-specific register into the first message word.</summary>
    X86DangerousReadMsr = -28,

    /// <summary>Sets the calling thread's base of segment FS.</summary>
    SetTlsBase = -30,

    /// <summary>Has the kernel make the calls in the thread's <see cref="BatchFrame"/>. reL4's own.</summary>
    PerformBatch = -0x4C34,
}
