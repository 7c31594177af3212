using System.Buffers.Text;

namespace Rel4.Samples.Kv.Resp;

/// <summary>Reads integers as strictly as Redis does, so that what it writes back is what was there.</summary>
internal static class DecimalInteger
{
    /// <summary>The longest text of one.</summary>
    public const int LongestText = 20;

    /// <summary>Reads an integer: no spaces, no plus, no leading zeros.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > LongestText || !Utf8Parser.TryParse(text, out value, out int length) || length != text.Length)
            return false;
        Span<byte> again = stackalloc byte[LongestText];
        return Utf8Formatter.TryFormat(value, again, out int written) && text.SequenceEqual(again[..written]);
    }
}
