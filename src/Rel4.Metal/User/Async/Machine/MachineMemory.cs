using System.Numerics;
using Rel4.Metal.User;

namespace Rel4.Runtime.Channels;

/// <summary>Is the memory that the core takes by itself: pieces of the task's heap whose sizes are powers of two, used again for their size.</summary>
internal static unsafe class MachineMemory
{
    private const int SmallestBits = 6, Sizes = 32;

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
    public static byte* Resize(byte* bytes, int capacity, int wanted)
    {
        if (bytes != null && BitsOf(capacity) == BitsOf(wanted))
            return bytes;
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
