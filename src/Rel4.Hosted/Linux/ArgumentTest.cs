using System.Collections.Immutable;

namespace Rel4.Hosted.Linux;

/// <summary>Tests an argument of a system call, masked, against values.</summary>
/// <param name="Index">Which argument, from 0 on.</param>
/// <param name="Mask">The bits that count. Arguments are 32 bits wide here, as all of those tested are for the kernel.</param>
/// <param name="Values">The values.</param>
/// <param name="Wanted">Whether the argument must have one of the values, or none of them.</param>
internal readonly record struct ArgumentTest(int Index, uint Mask, ImmutableArray<uint> Values, Membership Wanted)
{
    /// <summary>Tests that an argument has one of the values.</summary>
    public static ArgumentTest Is(int index, params ReadOnlySpan<uint> values) => Is(index, uint.MaxValue, values);

    /// <summary>Tests that an argument has none of the values.</summary>
    public static ArgumentTest IsNot(int index, params ReadOnlySpan<uint> values) => new(index, uint.MaxValue, [.. values], Membership.None);

    /// <summary>Tests that of some bits exactly those given are set.</summary>
    public static ArgumentTest Bits(int index, uint mask, params ReadOnlySpan<uint> values) => Is(index, mask, values);

    private static ArgumentTest Is(int index, uint mask, ReadOnlySpan<uint> values) => new(index, mask, [.. values], Membership.One);
}

/// <summary>Says how an argument relates to a set of values.</summary>
internal enum Membership
{
    One,
    None,
}
