using Rel4.Abi;

namespace Rel4.Hosted.Composition;

/// <summary>Numbers the slots of a task's CNode. The fixed ones are those of the root task.</summary>
internal static class TaskSlots
{
    /// <summary>The task's thread.</summary>
    public const ulong Tcb = RootSlot.Tcb;

    /// <summary>The CNode itself.</summary>
    public const ulong CNode = RootSlot.CNode;

    /// <summary>The task's address space.</summary>
    public const ulong VSpace = RootSlot.VSpace;

    /// <summary>The first capability that was granted; then the others follow, and then free slots.</summary>
    public const ulong FirstGrant = RootSlot.FirstFree;

    /// <summary>Makes the guard with which a CNode of so many slots resolves a whole word, so that slot numbers are addresses.</summary>
    public static CNodeCapData Guard(int cNodeBits) => new(0, Limits.WordBits - cNodeBits);
}
