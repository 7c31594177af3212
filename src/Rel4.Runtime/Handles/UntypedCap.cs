using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Is a capability to memory that objects can be made of (manual section "Kernel Memory Allocation").</summary>
/// <param name="CPtr">Address of the capability in the caller's CSpace.</param>
public readonly record struct UntypedCap(ulong CPtr)
{
    /// <summary>Makes an object, or several in slots that follow one another.</summary>
    /// <param name="type">Which.</param>
    /// <param name="destination">The first slot; of its <see cref="CapSlot.Index"/> the CNode's own bits are used.</param>
    /// <param name="sizeBits">For untyped memory log2 of the bytes, for a CNode log2 of the slots; other sizes are fixed.</param>
    /// <param name="count">How many, 1 to 256.</param>
    /// <inheritdoc cref="SeL4.Untyped_Retype" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.Untyped_Retype"/> lists.</exception>
    public void Retype(ObjectType type, CapSlot destination, byte sizeBits = 0, int count = 1)
    {
        SeL4Error error = SeL4.Untyped_Retype(CPtr, type, sizeBits, destination.Root, 0, 0, destination.Index, (ulong)count);
        SeL4Exception.ThrowIfFailed(error, InvocationLabel.UntypedRetype, CPtr, destination, count: count);
    }
}
