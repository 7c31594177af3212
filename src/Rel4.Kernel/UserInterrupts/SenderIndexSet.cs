using System.Numerics;

namespace Rel4.Kernel;

/// <summary>Keeps which of a thread's sender indices are in use.</summary>
internal unsafe struct SenderIndexSet
{
    /// <summary>Indices a thread has.</summary>
    public const int Capacity = 1024;

    private const int Words = Capacity / 64;
    private fixed ulong _used[Words];

    /// <summary>Takes the lowest free index; -1 if there is none.</summary>
    public int Take()
    {
        for (int word = 0; word < Words; word++)
        {
            int bit = BitOperations.TrailingZeroCount(~_used[word]);
            if (bit == 64)
                continue;
            _used[word] |= 1UL << bit;
            return (word * 64) + bit;
        }

        return -1;
    }

    /// <summary>Gives an index back.</summary>
    public void Release(int index) => _used[index / 64] &= ~(1UL << (index % 64));
}
