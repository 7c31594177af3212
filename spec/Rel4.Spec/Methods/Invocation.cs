using System.Collections.Immutable;
using Rel4.Abi;
using Rel4.Spec.Rules;

namespace Rel4.Spec.Methods;

/// <summary>A capability sent along with a message: the slot found, and what it holds.</summary>
public sealed record ExtraCap(SlotId Slot, Capability? Cap);

/// <summary>A message sent to an object of the kernel.</summary>
/// <param name="Thread">The sender: the current thread.</param>
/// <param name="Number">The system call.</param>
/// <param name="Slot">Where the invoked capability lies.</param>
/// <param name="Label">The message's label, which names the method.</param>
/// <param name="Words">The message's words.</param>
/// <param name="Caps">The capabilities sent along.</param>
public sealed record Invocation(
    ulong Thread, Syscall Number, SlotId Slot, ulong Label, ImmutableArray<ulong> Words, ImmutableArray<ExtraCap> Caps)
{
    /// <summary>Refuses a message that is too short. A capability argument that names an empty slot counts as missing.</summary>
    /// <exception cref="RefusalException">There are too few.</exception>
    public void Need(int words, int caps = 0)
    {
        if (Words.Length < words || Caps.Length < caps || Caps.Take(caps).Any(cap => cap.Cap is null))
            throw new RefusalException(SeL4Error.TruncatedMessage);
    }
}
