using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Lays out the page through which a thread on the Hosted machine makes system calls: one 4 KiB frame, mapped by the thread's process and the kernel.</summary>
/// <remarks>
/// <code>
/// offset  bytes  writer   field
///      0   1024  both     IPC buffer: the thread's, except during a system call
///   1024      4  thread   request: number of the last system call made
///   1028      4  thread   sleeping: 1 while the thread may be asleep on the completion
///   1032     56  thread   system call number, capability, message info, words 0 to 3
///   1088      4  thread   Linux's number of the thread: which thread to place; 0 for none
///   1092      4  thread   lane taken: number of the lane whose page the thread has mapped
///   1152      4  kernel   completion: number of the last system call answered; a futex
///   1156      4  kernel   polled: 1 while the kernel looks for requests by itself
///   1160      4  kernel   status
///   1168     56  kernel   badge, message info, words 0 to 3
///   1224      4  kernel   lane given: number of the thread's end of its lane; 0 for none
///   1232      8  kernel   capability through which the lane's calls are made or received
///   1240      8  kernel   badge of the lane's calls
///   1280      8  both     lane: who has the thread's call (<see cref="LaneWord"/>)
///   2048      4  process  attached: 1 once the process is a task; in its first thread's page, as what follows
///   2052      4  process  debugged: 1 while a debugger of .NET's is attached
///   2056    504  process  a pulse for each executor: 0 for none, even and higher with turns while it runs, odd while it sleeps
/// </code>
/// Each word has one writer, but for the lane, which both change by locked operations. The kernel keeps its own copies of what it writes, so a thread that scribbles here confuses itself only.
/// <para>
/// request: thread writes the call, then the request (release), FENCE, and rings its doorbell if not polled. The kernel, before it stops looking, clears
/// polled, FENCE, and looks once more. completion: the kernel writes the result, then the completion (release), FENCE, and wakes the futex if
/// sleeping. The thread, before it sleeps, sets sleeping, FENCE, and looks once more. Both are the protocol of <c>spec/protocols/parking.pml</c>.
/// </para>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public struct TrapPage
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 1 << Limits.PageBits;

    /// <summary>
    /// Where a thread is while the kernel has a system call of its: a task's code is nowhere for the kernel, so one address stands for "at the trap"
    /// and the one <see cref="TrapLength"/> later for "behind it".
    /// </summary>
    public const ulong TrapAddress = 0x1000;

    /// <summary>The bytes from the trap to what is behind it.</summary>
    public const ulong TrapLength = 2;

    /// <summary>Message words beyond the registers, and what is said about capabilities.</summary>
    [FieldOffset(0)]
    public IpcBuffer Buffer;

    /// <summary>Number of the last system call made.</summary>
    [FieldOffset(1024)]
    public uint Request;

    /// <summary>1 while the thread may be asleep.</summary>
    [FieldOffset(1028)]
    public uint Sleeping;

    /// <summary>The system call.</summary>
    [FieldOffset(1032)]
    public TrapRegisters Call;

    /// <summary>Linux's number of the thread, so that the kernel may place it; 0 if it is to leave it alone. The kernel checks whose it is.</summary>
    [FieldOffset(1088)]
    public int Thread;

    /// <summary>Number of the lane whose page the thread has mapped.</summary>
    [FieldOffset(1092)]
    public uint LaneTaken;

    /// <summary>Number of the last system call answered.</summary>
    [FieldOffset(1152)]
    public uint Completion;

    /// <summary>1 while the kernel looks for requests by itself.</summary>
    [FieldOffset(1156)]
    public uint Polled;

    /// <summary>How the call ended.</summary>
    [FieldOffset(1160)]
    public TrapStatus Status;

    /// <summary>What the call returned.</summary>
    [FieldOffset(1168)]
    public TrapRegisters Result;

    /// <summary>Number of the thread's end of its lane, by which the lane's page comes over the task's socket; 0 for none.</summary>
    [FieldOffset(1224)]
    public uint LaneGiven;

    /// <summary>The capability through which the lane's calls are made, or received.</summary>
    [FieldOffset(1232)]
    public ulong LaneCapability;

    /// <summary>Badge of the lane's calls, for the server.</summary>
    [FieldOffset(1240)]
    public ulong LaneBadge;

    /// <summary>Who has the thread's call: the kernel, or the lane. The peer can't reach it.</summary>
    [FieldOffset(1280)]
    public ulong Lane;

    /// <summary>1 once the process is a task: its program begins then.</summary>
    [FieldOffset(2048)]
    public uint Attached;

    /// <summary>1 while a debugger of .NET's is attached, which may hold the process.</summary>
    [FieldOffset(2052)]
    public uint Debugged;

    /// <summary>What the process' executors do. Whoever watches a task believes it for that task only.</summary>
    [FieldOffset(2056)]
    public ExecutorPulses Pulses;
}
