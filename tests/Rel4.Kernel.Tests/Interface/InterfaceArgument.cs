using System.Globalization;

namespace Rel4.Kernel.Tests;

/// <summary>Where a parameter of a method lies in its message.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsCap">Whether it is a capability.</param>
/// <param name="Index">Number of the first word, or of the capability, counted from 1 as errors do.</param>
/// <param name="Bit">First bit of the word.</param>
/// <param name="Bits">Its bits; more than one word's for a structure.</param>
/// <remarks>Written <c>name=cap1</c>, <c>name=word2</c>, <c>name=word2.8+8</c> (bits 8 to 15), <c>name=word2*20</c> (20 words).</remarks>
internal sealed record InterfaceArgument(string Name, bool IsCap, int Index, int Bit, int Bits)
{
    private const int WordBits = 64;

    public static InterfaceArgument Parse(string text)
    {
        string[] parts = text.Split('=');
        bool isCap = parts[1].StartsWith("cap", StringComparison.Ordinal);
        string[] place = parts[1][(isCap ? "cap" : "word").Length..].Split('.', '+', '*');
        int[] numbers = [.. place.Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        return numbers switch
        {
            [var index] => new InterfaceArgument(parts[0], isCap, index, 0, WordBits),
            [var index, var words] => new InterfaceArgument(parts[0], isCap, index, 0, words * WordBits),
            [var index, var bit, var bits] => new InterfaceArgument(parts[0], isCap, index, bit, bits),
            _ => throw new FormatException($"'{text}' names no place"),
        };
    }

    public override string ToString() =>
        IsCap ? $"{Name}=cap{Index}"
        : Bits < WordBits ? $"{Name}=word{Index}.{Bit}+{Bits}"
        : Bits > WordBits ? $"{Name}=word{Index}*{Bits / WordBits}"
        : $"{Name}=word{Index}";
}
