using System.Numerics;

namespace Rel4.Hosted.Kernel;

/// <summary>Keeps which of a receiver's slots for senders are in use.</summary>
internal unsafe struct SenderSlotSet
{
    /// <summary>Slots a receiver has.</summary>
    public const int Capacity = 1024;

    private const int Words = Capacity / 64;
    private fixed ulong _used[Words];

    /// <summary>Takes the lowest free slot; -1 if there is none.</summary>
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

    /// <summary>Gives a slot back.</summary>
    public void Release(int slot) => _used[slot / 64] &= ~(1UL << (slot % 64));
}
