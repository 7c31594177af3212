namespace Rel4.Samples.Kv.Store;

/// <summary>Matches keys as Redis does: <c>*</c>, <c>?</c>, <c>[abc]</c>, <c>[^a-z]</c>, and <c>\</c> before any of these.</summary>
internal static class GlobPattern
{
    /// <summary>Tells whether all of a text matches.</summary>
    /// <remarks>
    /// On a mismatch the last star takes one byte more. Earlier stars need no other try, so the time is at most the product of both
    /// lengths, whatever the pattern.
    /// </remarks>
    public static bool IsMatch(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text)
    {
        int at = 0, position = 0, afterStar = -1, starEnd = 0;
        while (position < text.Length)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                afterStar = ++at;
                starEnd = position;
            }
            else if (at < pattern.Length && IsMatch(pattern, at, text[position], out int next))
            {
                at = next;
                position++;
            }
            else if (afterStar >= 0)
            {
                at = afterStar;
                position = ++starEnd;
            }
            else
            {
                return false;
            }
        }

        return pattern[at..].IndexOfAnyExcept((byte)'*') < 0;
    }

    /// <summary>Tells whether what stands at a place of the pattern matches one byte.</summary>
    /// <param name="next">The place behind it.</param>
    private static bool IsMatch(ReadOnlySpan<byte> pattern, int at, byte value, out int next)
    {
        next = at + 1;
        switch (pattern[at])
        {
            case (byte)'?':
                return true;
            case (byte)'[':
                return IsInClass(pattern, value, ref next);
            case (byte)'\\' when next < pattern.Length:
                return pattern[next++] == value;
            default:
                return pattern[at] == value;
        }
    }

    private static bool IsInClass(ReadOnlySpan<byte> pattern, byte value, ref int at)
    {
        bool isNegated = at < pattern.Length && pattern[at] == '^';
        if (isNegated)
            at++;
        bool isFound = false;
        // Without its bracket, a class ends with the pattern.
        for (; at < pattern.Length && pattern[at] != ']'; at++)
        {
            if (pattern[at] == '\\' && at + 1 < pattern.Length)
                at++;
            byte low = pattern[at], high = low;
            if (at + 2 < pattern.Length && pattern[at + 1] == '-')
            {
                at += 2;
                high = pattern[at];
            }

            isFound |= value >= Math.Min(low, high) && value <= Math.Max(low, high);
        }

        at = Math.Min(at + 1, pattern.Length);
        return isFound != isNegated;
    }
}
