using System.Globalization;
using System.Text;

namespace Rel4.Hosted.Supervision;

/// <summary>Text of somebody who is not trusted, made fit for a terminal: what would command it, or not be seen, is named.</summary>
/// <remarks>
/// Control characters are replaced by their pictures (Unicode block 2400), or U+FFFD where there is none. Characters without a look of their own become
/// <c>&lt;U+202E&gt;</c>: those that turn the direction of text, so that it reads as something else ("Trojan Source", CVE-2021-42574), those of no width,
/// by which two texts differ that look alike, and separators of lines. Letters of every script stay, and tabs.
/// </remarks>
public static class PrintableText
{
    /// <summary>Makes a text printable, in one line.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The same text if nothing in it needs to be replaced.</returns>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        bool isPrintable = true;
        // A half of a surrogate pair alone is enumerated as the replacement character.
        foreach (Rune rune in text.EnumerateRunes())
            isPrintable &= !IsControl(rune) && !IsUnseen(rune) && rune != Rune.ReplacementChar;
        return isPrintable ? text : Replace(text);
    }

    private static string Replace(string text)
    {
        var printable = new StringBuilder(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsControl(rune))
                printable.Append(Picture(rune.Value));
            else if (IsUnseen(rune))
                printable.Append(CultureInfo.InvariantCulture, $"<U+{rune.Value:X4}>");
            else
                printable.Append(rune.ToString());
        }

        return printable.ToString();
    }

    private static bool IsControl(Rune rune) => Rune.IsControl(rune) && rune.Value != '\t';

    private static char Picture(int control) => control switch
    {
        < ' ' => (char)('\u2400' + control),
        '\u007F' => '\u2421',
        _ => '\uFFFD',
    };

    /// <summary>Tells whether a character has no look of its own: format characters, separators of lines, and the rest of Unicode's
    /// Default_Ignorable_Code_Point (DerivedCoreProperties.txt), which .NET has no test for.</summary>
    private static bool IsUnseen(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || rune.Value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2065 or 0x3164
            or (>= 0xFE00 and <= 0xFE0F) or 0xFFA0 or (>= 0xFFF0 and <= 0xFFF8) or (>= 0xE0000 and <= 0xE0FFF);
}
