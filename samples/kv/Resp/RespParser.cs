using System.Buffers;
using System.Buffers.Text;
using Rel4.Samples.Kv.Protocol;

namespace Rel4.Samples.Kv.Resp;

/// <summary>Reads commands from the bytes of a connection, however these are cut into pieces.</summary>
/// <remarks>
/// It keeps what it has taken, so nothing is looked at twice and large values are copied once. Commands are arrays of bulk strings
/// (<c>*2\r\n$3\r\nGET\r\n$1\r\nk\r\n</c>) or lines of words ("inline"). Limits and messages are those of Redis,
/// but for <see cref="StoreRequest.LongestWord"/>.
/// Source: the Redis serialization protocol specification.
/// </remarks>
internal sealed class RespParser
{
    private const int LongestLine = 64 * 1024;
    private const int MostWords = 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _line = new();
    private State _state;
    private int _words;
    private int _remaining;

    private enum State
    {
        Start,
        WordLength,
        Word,
        WordEnd,
    }

    /// <summary>Gets the command that was read last. Reading on overwrites it.</summary>
    public RespCommand Command { get; } = new();

    /// <summary>Reads up to the end of a command, and takes what it has read from the buffer.</summary>
    /// <returns>False if the buffer ends before the command does; it is then empty.</returns>
    /// <exception cref="RespProtocolException">This is no command.</exception>
    public bool TryRead(ref ReadOnlySpan<byte> span)
    {
        while (!span.IsEmpty)
        {
            bool isComplete = _state switch
            {
                State.Start => TryStart(ref span),
                State.WordLength => TryReadWordLength(ref span),
                State.Word => TryReadWord(ref span),
                _ => TryEndWord(ref span),
            };
            if (isComplete)
                return true;
        }

        return false;
    }

    private bool TryStart(ref ReadOnlySpan<byte> span)
    {
        bool isArray = (_line.WrittenCount == 0 ? span[0] : _line.WrittenSpan[0]) == '*';
        if (!TryReadLine(ref span, isArray ? "too big mbulk count string" : "too big inline request", out ReadOnlySpan<byte> line))
            return false;
        Command.Clear();
        if (!isArray)
        {
            InlineCommand.Read(line.TrimEnd((byte)'\r'), Command);
            _line.ResetWrittenCount();
            return Command.Count > 0;
        }

        if (!TryReadNumber(line, out long words) || words > MostWords)
            throw new RespProtocolException("invalid multibulk length");
        _line.ResetWrittenCount();
        _words = (int)Math.Max(words, 0);
        _state = _words == 0 ? State.Start : State.WordLength;
        return false;
    }

    private bool TryReadWordLength(ref ReadOnlySpan<byte> span)
    {
        byte first = _line.WrittenCount == 0 ? span[0] : _line.WrittenSpan[0];
        if (first != '$')
            throw new RespProtocolException($"expected '$', got '{(char)first}'");
        if (!TryReadLine(ref span, "too big bulk count string", out ReadOnlySpan<byte> line))
            return false;
        if (!TryReadNumber(line, out long length) || length is < 0 or > StoreRequest.LongestWord)
            throw new RespProtocolException("invalid bulk length");
        _line.ResetWrittenCount();
        _remaining = (int)length;
        _state = State.Word;
        return TryReadWord(ref span);
    }

    private bool TryReadWord(ref ReadOnlySpan<byte> span)
    {
        ReadOnlySpan<byte> part = span[..Math.Min(span.Length, _remaining)];
        Command.Append(part, _remaining);
        span = span[part.Length..];
        _remaining -= part.Length;
        if (_remaining > 0)
            return false;
        Command.EndWord();
        _remaining = 2;
        _state = State.WordEnd;
        return TryEndWord(ref span);
    }

    /// <summary>Skips the two bytes behind a word. As Redis does, it does not ask which they are.</summary>
    private bool TryEndWord(ref ReadOnlySpan<byte> span)
    {
        int skipped = Math.Min(span.Length, _remaining);
        span = span[skipped..];
        _remaining -= skipped;
        if (_remaining > 0)
            return false;
        _state = --_words == 0 ? State.Start : State.WordLength;
        return _words == 0;
    }

    /// <summary>Reads up to the end of a line, which may have begun in an earlier piece.</summary>
    /// <param name="line">The line without its line feed. It is good until the next call.</param>
    private bool TryReadLine(ref ReadOnlySpan<byte> span, string tooLong, out ReadOnlySpan<byte> line)
    {
        int end = span.IndexOf((byte)'\n');
        ReadOnlySpan<byte> part = end < 0 ? span : span[..end];
        if (_line.WrittenCount + part.Length > LongestLine)
            throw new RespProtocolException(tooLong);
        span = end < 0 ? default : span[(end + 1)..];
        if (end >= 0 && _line.WrittenCount == 0)
        {
            line = part;
            return true;
        }

        _line.Write(part);
        line = _line.WrittenSpan;
        return end >= 0;
    }

    /// <summary>Reads <c>*12\r</c> or <c>$12\r</c>.</summary>
    private static bool TryReadNumber(ReadOnlySpan<byte> line, out long number)
    {
        number = 0;
        return line is [_, .. var digits, (byte)'\r']
            && Utf8Parser.TryParse(digits, out number, out int length) && length == digits.Length && digits[0] != '+';
    }
}
