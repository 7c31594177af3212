namespace Rel4.Repository.Tests.Planted;

/// <summary>Uses what the kernel core may use: values, spans over memory and constants, generics over structs.</summary>
internal struct NeedsNoRuntime
{
    private const int Size = 4;

    public ulong Word;

    public static ReadOnlySpan<byte> Greeting => "constant data"u8;

    public static ulong Sum<T>(ref T start, Span<ulong> words)
        where T : struct, INumber
    {
        ulong sum = T.Zero;
        Span<ulong> copy = stackalloc ulong[Size];
        words.CopyTo(copy);
        foreach (ulong word in copy)
            sum += word switch { 0 => 1, 1 => new Pair { Low = 2 }.Low, _ => word };
        return sum;
    }

    internal interface INumber
    {
        static abstract ulong Zero { get; }
    }

    private struct Pair
    {
        public ulong Low;
    }
}
