using Rel4.Abi;

namespace Rel4.Runtime;

/// <content>Holds the method of untyped memory.</content>
public static unsafe partial class SeL4
{
    /// <summary>Makes objects out of untyped memory, and puts their capabilities into empty slots that follow one another.</summary>
    /// <param name="service">The untyped memory.</param>
    /// <param name="type">Which objects.</param>
    /// <param name="sizeBits">For untyped memory log2 of the bytes, for a CNode log2 of the slots; other sizes are fixed.</param>
    /// <param name="root">CNode at which the lookup of the destination begins.</param>
    /// <param name="nodeIndex">Address of the destination CNode below <paramref name="root"/>.</param>
    /// <param name="nodeDepth">
    /// Bits of <paramref name="nodeIndex"/> to use; with 0, <paramref name="root"/> itself is the destination.
    /// </param>
    /// <param name="nodeOffset">First slot.</param>
    /// <param name="numObjects">How many objects, 1 to 256.</param>
    /// <returns>
    /// <see cref="SeL4Error.InvalidArgument"/> 0: the machine has no such type. 1: <paramref name="sizeBits"/> is too small, or a device's
    /// memory can't become that. <see cref="SeL4Error.RangeError"/>: <paramref name="sizeBits"/>, <paramref name="nodeDepth"/>,
    /// <paramref name="nodeOffset"/> or <paramref name="numObjects"/> is out of the range returned. <see cref="SeL4Error.FailedLookup"/>:
    /// there is no CNode at the destination. <see cref="SeL4Error.DeleteFirst"/>: one of the slots is occupied.
    /// <see cref="SeL4Error.NotEnoughMemory"/>: what is left, returned in bytes, is too little.
    /// </returns>
    /// <remarks>
    /// Never blocks. The last object made is the nearest child of the untyped capability. Memory is used from its start; it comes back only
    /// when everything made of it is gone. Source: object-api.xml <c>seL4_Untyped_Retype</c>, manual section "Reuse of Untyped Memory".
    /// </remarks>
    public static SeL4Error Untyped_Retype(
        ulong service, ObjectType type, ulong sizeBits, ulong root, ulong nodeIndex, ulong nodeDepth, ulong nodeOffset, ulong numObjects)
    {
        SetCap(0, root);
        SetMR(4, nodeOffset);
        SetMR(5, numObjects);
        return Invoke(service, InvocationLabel.UntypedRetype, 6, 1, (ulong)type, sizeBits, nodeIndex, nodeDepth);
    }
}
