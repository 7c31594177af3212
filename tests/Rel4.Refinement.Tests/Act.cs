using System.Collections.Immutable;
using Rel4.Abi;
using Rel4.Spec;

namespace Rel4.Refinement.Tests;

/// <summary>Is one line of a story: what a thread or the machine does next.</summary>
/// <remarks>It is complete in itself, so that lines before it can be left out.</remarks>
internal abstract record Act
{
    /// <summary>Gets the thread that acts, if a thread does: the line is skipped while it can't run.</summary>
    public virtual ulong? Actor => null;
}

/// <summary>A thread fills part of its IPC buffer and makes a system call.</summary>
internal sealed record TrapAct(SystemCallCommand Call, ImmutableArray<(int Index, ulong Value)> Buffer) : Act
{
    public override ulong? Actor => Call.Thread;

    public override string ToString()
    {
        MessageInfo info = new(Call.Info);
        var number = (Syscall)Call.Number;
        IEnumerable<ulong> inRegisters = new[] { Call.Word0, Call.Word1, Call.Word2, Call.Word3 }.Take((int)info.Length);
        bool isMethod = number == Syscall.Call && Enum.IsDefined((InvocationLabel)info.Label);
        string label = isMethod ? $"{(InvocationLabel)info.Label}" : Text.Of(info.Label);
        string buffer = string.Concat(Buffer.Select(word => $" {NameOf(word.Index)}={Text.Of(word.Value)}"));
        return $"thread {Call.Thread:x}: {number} cap {Text.Of(Call.Capability)} label {label}"
            + $" ({Text.Of(inRegisters)}) length {info.Length} caps {info.ExtraCaps}{(Buffer.IsEmpty ? "" : " buffer")}{buffer}";
    }

    private static string NameOf(int index) => index switch
    {
        >= 1 and <= Limits.MessageWords => $"msg[{index - 1}]",
        >= 122 and <= 124 => $"caps[{index - 122}]",
        125 => "receiveCNode",
        126 => "receiveIndex",
        127 => "receiveDepth",
        _ => $"word {index}",
    };
}

/// <summary>A thread makes the system call that its registers describe: what one does that was sent back to it.</summary>
internal sealed record RetryAct(ulong Thread) : Act
{
    public override ulong? Actor => Thread;

    public override string ToString() => $"thread {Thread:x}: traps again";
}

/// <summary>A thread faults.</summary>
internal sealed record FaultAct(ulong Thread, Fault Fault) : Act
{
    public override ulong? Actor => Thread;

    public override string ToString() => $"thread {Thread:x}: faults with {Fault}";
}

/// <summary>A thread posts a user interrupt.</summary>
internal sealed record PostAct(ulong Thread, ulong Handle) : Act
{
    public override ulong? Actor => Thread;

    public override string ToString() => $"thread {Thread:x}: posts through {Text.Of(Handle)}";
}

/// <summary>A thread computes, which changes a register.</summary>
internal sealed record ComputeAct(ulong Thread, Register Register, ulong Value) : Act
{
    public override ulong? Actor => Thread;

    public override string ToString() => $"thread {Thread:x}: {Register} := {Text.Of(Value)}";
}

/// <summary>The timer ticks.</summary>
internal sealed record TickAct : Act
{
    public override string ToString() => "the timer ticks";
}
