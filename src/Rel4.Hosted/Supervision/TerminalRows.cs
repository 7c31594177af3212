using System.Text;

namespace Rel4.Hosted.Supervision;

/// <summary>Cuts a printable line into rows that fit a terminal, so that none continues where the next row begins.</summary>
/// <remarks>
/// A character counts for the most columns that any terminal gives it: a tab for eight, others but ASCII for two, since terminals differ on ambiguous
/// and new ones (Unicode Standard Annex 11). So a row may be shorter than the terminal, but is never longer.
/// </remarks>
internal static class TerminalRows
{
    /// <summary>Cuts a line.</summary>
    /// <param name="text">The line.</param>
    /// <param name="columns">What a row has room for; each takes at least one character.</param>
    /// <returns>The rows, at least one.</returns>
    public static IEnumerable<string> Of(string text, int columns)
    {
        int start = 0, end = 0, used = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            int width = rune.Value == '\t' ? 8 : rune.IsAscii ? 1 : 2;
            if (used + width > columns && end > start)
            {
                yield return text[start..end];
                (start, used) = (end, 0);
            }

            end += rune.Utf16SequenceLength;
            used += width;
        }

        yield return text[start..];
    }
}
