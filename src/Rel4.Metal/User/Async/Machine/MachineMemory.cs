using System.Numerics;
using Rel4.Metal.User;

namespace Rel4.Runtime.Channels;

/// <summary>Is the memory that the core takes by itself: pieces of the task's heap whose sizes are powers of two, used again for their size.</summary>
/// <remarks>What peers send takes no more than leaves the task's objects some (<see cref="Resize"/>): a heap that is used up ends the task, and with it all who count on it.</remarks>
internal static unsafe class MachineMemory
{
    /// <summary>Gets whether what is freed stays here for its size: nobody need keep pieces for their next use, and one that grows leaves as much behind as it has.</summary>
    public static bool KeepsPieces => true;

    private const int SmallestBits = 6, Sizes = 32;

    // Left of the heap for objects.
    private const ulong Reserve = 512 * 1024;

    // The first free piece of each size, which points to the next.
    private static byte** _free;

    /// <summary>Takes a piece of memory. Without any the task ends.</summary>
    public static byte* Take(int capacity)
    {
        if (_free == null)
            _free = (byte**)Heap.Take(Sizes * sizeof(ulong));
        int bits = BitsOf(capacity);
        byte* piece = _free[bits];
        if (piece == null)
            return (byte*)Heap.Take(1UL << bits);
        _free[bits] = *(byte**)piece;
        return piece;
    }

    /// <summary>Changes the size of a piece of memory and keeps its content; null is none.</summary>
    /// <returns>Null if too little of the heap would be left; nothing has changed.</returns>
    public static byte* Resize(byte* bytes, int capacity, int wanted)
    {
        int bits = BitsOf(wanted);
        if (bytes != null && BitsOf(capacity) == bits)
            return bytes;
        if ((_free == null || _free[bits] == null) && Heap.Left < (1UL << bits) + Reserve)
            return null;
        byte* piece = Take(wanted);
        SpanHelpers.Copy(piece, bytes, (nuint)Math.Min(capacity, wanted));
        Free(bytes, capacity);
        return piece;
    }

    /// <summary>Frees a piece of memory; null is none.</summary>
    public static void Free(byte* bytes, int capacity)
    {
        if (bytes == null)
            return;
        byte** free = &_free[BitsOf(capacity)];
        *(byte**)bytes = *free;
        *free = bytes;
    }

    private static int BitsOf(int capacity) => Math.Max(SmallestBits, BitOperations.Log2(((ulong)(uint)capacity * 2) - 1));
}
