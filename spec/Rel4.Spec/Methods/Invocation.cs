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
    /// <summary>Refuses a message that is too short (manual, "Truncated Message"). An empty slot is not missing: it is of the wrong type.</summary>
    /// <exception cref="RefusalException">There are too few.</exception>
    public void Need(int words, int caps = 0)
    {
        if (Words.Length < words || Caps.Length < caps)
            throw new RefusalException(SeL4Error.TruncatedMessage);
    }
}
