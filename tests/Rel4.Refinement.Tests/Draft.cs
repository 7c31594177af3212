using System.Collections.Immutable;
using Rel4.Abi;
using Rel4.Spec;
using Rel4.Spec.Rules;

namespace Rel4.Refinement.Tests;

/// <summary>Is a system call being put together.</summary>
internal sealed record Draft(Syscall Number, ulong Capability, ulong Label = 0)
{
    /// <summary>Gets the message words.</summary>
    public ImmutableArray<ulong> Words { get; init; } = [];

    /// <summary>Gets the addresses of the capabilities to send.</summary>
    public ImmutableArray<ulong> Caps { get; init; } = [];

    /// <summary>Gets where to receive a capability: root, index and depth.</summary>
    public (ulong Root, ulong Index, ulong Depth)? ReceiveSlot { get; init; }

    /// <summary>Starts the call of a method.</summary>
    public static Draft Method(ulong service, InvocationLabel label, params ImmutableArray<ulong> words) =>
        new(Syscall.Call, service, (ulong)label) { Words = words };

    /// <summary>Adds capability arguments.</summary>
    public Draft With(params ImmutableArray<ulong> caps) => this with { Caps = caps };

    /// <summary>Makes it a thread's next act.</summary>
    public TrapAct By(ulong thread)
    {
        ImmutableArray<(int, ulong)>.Builder buffer = ImmutableArray.CreateBuilder<(int, ulong)>();
        for (int i = Limits.MessageRegisters; i < Words.Length; i++)
            buffer.Add((BufferWords.Message + i, Words[i]));
        for (int i = 0; i < Caps.Length; i++)
            buffer.Add((BufferWords.CapsOrBadges + i, Caps[i]));
        if (ReceiveSlot is { } slot)
        {
            buffer.Add((BufferWords.ReceiveCNode, slot.Root));
            buffer.Add((BufferWords.ReceiveIndex, slot.Index));
            buffer.Add((BufferWords.ReceiveDepth, slot.Depth));
        }
        MessageInfo info = new(Label, 0, (uint)Caps.Length, (uint)Words.Length);
        return new TrapAct(
            new SystemCallCommand(thread, (ulong)Number, Capability, info.Raw, Word(0), Word(1), Word(2), Word(3)), buffer.ToImmutable());
    }

    private ulong Word(int index) => index < Words.Length ? Words[index] : 0;
}
