using System.Numerics;

namespace Rel4.Runtime.Channels;

/// <summary>Remembers which records of a ring are being read in place, by their first lines.</summary>
/// <remarks>So records may be released in any order, and room is given back in the order of the ring.</remarks>
internal sealed class HeldRecords(uint lines)
{
    private readonly ulong[] _bits = new ulong[(lines + 63) / 64];

    /// <summary>Marks the record that begins in a line.</summary>
    public void Hold(uint line) => _bits[line / 64] |= 1UL << (int)line;

    /// <summary>Clears the mark of the record that begins in a line.</summary>
    /// <returns>False if it was not marked.</returns>
    public bool TryRelease(uint line)
    {
        ref ulong word = ref _bits[line / 64];
        ulong bit = 1UL << (int)line;
        bool isHeld = (word & bit) != 0;
        word &= ~bit;
        return isHeld;
    }

    /// <summary>Finds the first held record from a line on, around the end of the ring.</summary>
    /// <returns>The lines between; the caller knows that there is one.</returns>
    public uint DistanceToNext(uint line)
    {
        int index = (int)(line / 64);
        ulong word = _bits[index] & (ulong.MaxValue << (int)line);
        while (word == 0)
        {
            index = index + 1 == _bits.Length ? 0 : index + 1;
            word = _bits[index];
        }

        uint next = ((uint)index * 64) + (uint)BitOperations.TrailingZeroCount(word);
        return next >= line ? next - line : next + lines - line;
    }
}
