using System.Collections.Immutable;
using Rel4.Abi;

namespace Rel4.Spec;

/// <summary>Numbers the registers as <see cref="UserContext"/> orders them.</summary>
public enum Register
{
    /// <summary>Instruction pointer.</summary>
    Rip,

    /// <summary>Stack pointer.</summary>
    Rsp,

    /// <summary>Flags.</summary>
    Rflags,

    /// <summary>General register.</summary>
    Rax,

    /// <summary>General register.</summary>
    Rbx,

    /// <summary>General register.</summary>
    Rcx,

    /// <summary>System call number.</summary>
    Rdx,

    /// <summary>Message info.</summary>
    Rsi,

    /// <summary>Capability in, badge out.</summary>
    Rdi,

    /// <summary>General register.</summary>
    Rbp,

    /// <summary>Message word 1.</summary>
    R8,

    /// <summary>Message word 2.</summary>
    R9,

    /// <summary>Message word 0.</summary>
    R10,

    /// <summary>General register.</summary>
    R11,

    /// <summary>General register.</summary>
    R12,

    /// <summary>General register.</summary>
    R13,

    /// <summary>General register.</summary>
    R14,

    /// <summary>Message word 3.</summary>
    R15,

    /// <summary>Base of segment FS.</summary>
    FsBase,

    /// <summary>Base of segment GS.</summary>
    GsBase,
}

/// <summary>Says whether a thread runs or what it waits for.</summary>
public abstract record ThreadState;

/// <summary>Stopped until resumed.</summary>
public sealed record Inactive : ThreadState;

/// <summary>May run, and goes on where it was.</summary>
public sealed record Running : ThreadState;

/// <summary>May run, and executes the instruction that trapped again.</summary>
public sealed record Restart : ThreadState;

/// <summary>Queued on an endpoint to send, with what its capability allowed when it was invoked.</summary>
public sealed record BlockedOnSend(ulong Endpoint, ulong Badge, bool CanGrant, bool CanGrantReply, bool IsCall) : ThreadState;

/// <summary>Queued on an endpoint to receive; <paramref name="CanGrant"/> is what reply capabilities made there get.</summary>
public sealed record BlockedOnReceive(ulong Endpoint, bool CanGrant) : ThreadState;

/// <summary>Waits for a reply.</summary>
public sealed record BlockedOnReply : ThreadState;

/// <summary>Queued on a notification.</summary>
public sealed record BlockedOnNotification(ulong Notification) : ThreadState;

/// <summary>A thread (manual, "Thread control blocks").</summary>
public sealed record Thread(ulong Address) : KernelObject(Address)
{
    /// <summary>Ticks of a fresh time slice.</summary>
    public const int FreshSlice = 5;

    /// <summary>Flags of a new thread: interrupts on, and the bit that is always set.</summary>
    public const ulong FreshFlags = 0x202;

    /// <summary>Gets what it does.</summary>
    public ThreadState State { get; init; } = new Inactive();

    /// <summary>Gets its registers, in the order of <see cref="Register"/>.</summary>
    public ImmutableArray<ulong> Registers { get; init; } =
        ImmutableArray.Create(new ulong[UserContext.Count]).SetItem((int)Register.Rflags, FreshFlags);

    /// <summary>Gets the address of the instruction that trapped last.</summary>
    public ulong FaultIP { get; init; }

    /// <summary>Gets the fault whose message is queued or unanswered.</summary>
    public Fault? Fault { get; init; }

    /// <summary>Gets its priority.</summary>
    public int Priority { get; init; }

    /// <summary>Gets the highest priority that its capability gives authority to set.</summary>
    public int MaxControlledPriority { get; init; }

    /// <summary>Gets the ticks left of its time slice.</summary>
    public int Slice { get; init; } = FreshSlice;

    /// <summary>Gets the address, in its own capability space, of its fault handler's endpoint.</summary>
    public ulong FaultHandler { get; init; }

    /// <summary>Gets the user address of its IPC buffer.</summary>
    public ulong IpcBuffer { get; init; }

    /// <summary>Gets its flags.</summary>
    public TcbFlags Flags { get; init; }

    /// <summary>Gets the notification bound to it.</summary>
    public ulong? BoundNotification { get; init; }

    /// <summary>Gets whether it may be given the processor.</summary>
    public bool IsRunnable => State is Running or Restart;

    /// <summary>Gets a register.</summary>
    public ulong this[Register register] => Registers[(int)register];

    /// <summary>Sets a register.</summary>
    public Thread With(Register register, ulong value) => this with { Registers = Registers.SetItem((int)register, value) };
}
