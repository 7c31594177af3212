using System.Globalization;

namespace Rel4.Samples.Kv.Resp;

/// <summary>Cuts a line into words: separated by spaces, and quoted with <c>"\n \x00"</c> or <c>'it\'s'</c> if need be.</summary>
internal static class InlineCommand
{
    private const string Unbalanced = "unbalanced quotes in request";

    /// <summary>Reads the words of a line into a command.</summary>
    /// <exception cref="RespProtocolException">A quote has no end, or a word goes on behind it.</exception>
    public static void Read(ReadOnlySpan<byte> line, RespCommand command)
    {
        while (true)
        {
            while (!line.IsEmpty && IsSpace(line[0]))
                line = line[1..];
            if (line.IsEmpty)
                return;
            ReadWord(ref line, command);
            command.EndWord();
        }
    }

    private static void ReadWord(ref ReadOnlySpan<byte> line, RespCommand command)
    {
        while (!line.IsEmpty && !IsSpace(line[0]))
        {
            byte first = line[0];
            line = line[1..];
            if (first is (byte)'"' or (byte)'\'')
            {
                ReadQuoted(ref line, first, command);
                if (!line.IsEmpty && !IsSpace(line[0]))
                    throw new RespProtocolException(Unbalanced);
                return;
            }

            command.Append([first], 1);
        }
    }

    private static void ReadQuoted(ref ReadOnlySpan<byte> line, byte quote, RespCommand command)
    {
        while (!line.IsEmpty)
        {
            byte next = line[0];
            int length = 1;
            if (next == quote)
            {
                line = line[1..];
                return;
            }

            if (next == '\\' && line.Length > 1)
                (next, length) = quote == '"' ? Unescape(line) : line[1] == '\'' ? ((byte)'\'', 2) : (next, 1);
            command.Append([next], 1);
            line = line[length..];
        }

        throw new RespProtocolException(Unbalanced);
    }

    private static (byte Value, int Length) Unescape(ReadOnlySpan<byte> text)
    {
        if (text.Length > 3 && text[1] == 'x'
            && byte.TryParse(text.Slice(2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
        {
            return (value, 4);
        }

        byte character = text[1] switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            (byte)'b' => (byte)'\b',
            (byte)'a' => (byte)'\a',
            var other => other,
        };
        return (character, 2);
    }

    private static bool IsSpace(byte character) => character is (byte)' ' or (>= (byte)'\t' and <= (byte)'\r') or 0;
}
