namespace Rel4.Spec;

/// <summary>One thing that happens to the system.</summary>
public abstract record Command;

/// <summary>The current thread loads the registers of a system call and traps.</summary>
/// <param name="Thread">The current thread.</param>
/// <param name="Number">Register <c>rdx</c>.</param>
/// <param name="Capability">Register <c>rdi</c>.</param>
/// <param name="Info">Register <c>rsi</c>.</param>
/// <param name="Word0">Register <c>r10</c>.</param>
/// <param name="Word1">Register <c>r8</c>.</param>
/// <param name="Word2">Register <c>r9</c>.</param>
/// <param name="Word3">Register <c>r15</c>.</param>
public sealed record SystemCallCommand(
    ulong Thread, ulong Number, ulong Capability, ulong Info, ulong Word0, ulong Word1, ulong Word2, ulong Word3) : Command;

/// <summary>Gives a runnable thread the processor, whatever its priority: as if it had come to run in the ordinary way.</summary>
public sealed record DispatchCommand(ulong Thread) : Command;

/// <summary>The timer ticks.</summary>
public sealed record TickCommand : Command;

/// <summary>The current thread's instruction faults.</summary>
public sealed record FaultCommand(ulong Thread, Fault Fault) : Command;

/// <summary>A thread posts a user interrupt, without entering the kernel.</summary>
public sealed record PostCommand(ulong Thread, ulong Handle) : Command;

/// <summary>A thread writes a word of its IPC buffer.</summary>
/// <param name="Thread">The thread, which has a buffer.</param>
/// <param name="WordIndex">Which of the buffer's 128 words.</param>
/// <param name="Value">The word.</param>
public sealed record WriteBufferCommand(ulong Thread, int WordIndex, ulong Value) : Command;

/// <summary>The current thread writes one of its registers.</summary>
public sealed record WriteRegisterCommand(ulong Thread, Register Register, ulong Value) : Command;
