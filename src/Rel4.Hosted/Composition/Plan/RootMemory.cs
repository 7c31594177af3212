using System.Collections.Immutable;

namespace Rel4.Hosted.Composition;

/// <summary>Names memory that nobody uses yet.</summary>
/// <param name="Slot">The slot of its untyped capability.</param>
/// <param name="SizeBits">Log2 of its bytes.</param>
internal readonly record struct UntypedMemory(ulong Slot, int SizeBits);

/// <summary>Tells what the root task holds when it starts.</summary>
/// <param name="Memory">Memory, of which nothing is used.</param>
/// <param name="FirstFree">The first of its empty slots.</param>
/// <param name="EndFree">The slot behind the last of its empty slots.</param>
internal sealed record RootHoldings(ImmutableArray<UntypedMemory> Memory, ulong FirstFree, ulong EndFree);

/// <summary>Decides which untyped memory an object is made from, as the kernel's watermarks allow.</summary>
internal sealed class MemoryBudget(ImmutableArray<UntypedMemory> memory)
{
    private readonly ulong[] _used = new ulong[memory.Length];

    /// <summary>Takes room for an object, from the smallest memory that has it.</summary>
    /// <returns>False if there is none.</returns>
    public bool TryTake(int sizeBits, out ulong slot)
    {
        int best = -1;
        for (int i = 0; i < memory.Length; i++)
        {
            bool hasRoom = Align(_used[i], sizeBits) + (1UL << sizeBits) <= 1UL << memory[i].SizeBits;
            if (hasRoom && (best < 0 || memory[i].SizeBits < memory[best].SizeBits))
                best = i;
        }

        slot = best < 0 ? 0 : memory[best].Slot;
        if (best >= 0)
            _used[best] = Align(_used[best], sizeBits) + (1UL << sizeBits);
        return best >= 0;
    }

    /// <summary>Rounds up to a multiple of an object's size, which is where the kernel puts it.</summary>
    public static ulong Align(ulong offset, int sizeBits) => (offset + (1UL << sizeBits) - 1) & ~((1UL << sizeBits) - 1);
}
