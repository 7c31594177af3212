using System.Runtime.CompilerServices;

namespace System.Numerics;

/// <summary>Counts bits: object sizes, free regions, ready queues.</summary>
/// <remarks>The JIT takes the processor's instruction where the image's baseline has it, and these bodies elsewhere.</remarks>
public static class BitOperations
{
    /// <summary>Counts the zero bits above the highest set one; 64 for zero.</summary>
    [Intrinsic]
    public static int LeadingZeroCount(ulong value)
    {
        if (value == 0) return 64;
        int count = 0;
        for (int half = 32; half != 0; half >>= 1)
        {
            if (value >> (64 - half) != 0) continue;
            value <<= half;
            count += half;
        }

        return count;
    }

    /// <summary>Counts the zero bits above the highest set one; 32 for zero.</summary>
    [Intrinsic]
    public static int LeadingZeroCount(uint value) => LeadingZeroCount((ulong)value) - 32;

    /// <summary>Counts the zero bits below the lowest set one; 64 for zero.</summary>
    [Intrinsic]
    public static int TrailingZeroCount(ulong value) => value == 0 ? 64 : PopCount((value & (0 - value)) - 1);

    /// <summary>Counts the zero bits below the lowest set one; 32 for zero.</summary>
    [Intrinsic]
    public static int TrailingZeroCount(uint value) => value == 0 ? 32 : TrailingZeroCount((ulong)value);

    /// <summary>Counts the set bits.</summary>
    /// <remarks>Adds neighbors in fields of 1, 2 and 4 bits, then all bytes by one multiplication.</remarks>
    [Intrinsic]
    public static int PopCount(ulong value)
    {
        value -= (value >> 1) & 0x5555_5555_5555_5555;
        value = (value & 0x3333_3333_3333_3333) + ((value >> 2) & 0x3333_3333_3333_3333);
        value = (value + (value >> 4)) & 0x0F0F_0F0F_0F0F_0F0F;
        return (int)((value * 0x0101_0101_0101_0101) >> 56);
    }

    /// <summary>Counts the set bits.</summary>
    [Intrinsic]
    public static int PopCount(uint value) => PopCount((ulong)value);

    /// <summary>Gets the position of the highest set bit; 0 for zero.</summary>
    [Intrinsic]
    public static int Log2(ulong value) => 63 ^ LeadingZeroCount(value | 1);

    /// <summary>Tells whether exactly one bit is set.</summary>
    public static bool IsPow2(ulong value) => value != 0 && (value & (value - 1)) == 0;
}
