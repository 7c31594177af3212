using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Rel4.Samples.Kv.Resp;

/// <summary>Writes replies.</summary>
/// <remarks>Source: the Redis serialization protocol specification, versions 2 and 3.</remarks>
internal static class RespWriter
{
    private const int LongestHeader = 24;

    /// <summary>Writes <c>+text</c>.</summary>
    public static void WriteSimple(this IBufferWriter<byte> output, string text) => WriteLine(output, '+', text);

    /// <summary>Writes <c>-text</c>. Line ends in it, which may come from a client's words, become spaces.</summary>
    public static void WriteError(this IBufferWriter<byte> output, string text) =>
        WriteLine(output, '-', text.Replace('\r', ' ').Replace('\n', ' '));

    /// <summary>Writes <c>:number</c>.</summary>
    public static void WriteInteger(this IBufferWriter<byte> output, long number) => WriteHeader(output, ':', number);

    /// <summary>Writes what begins an array.</summary>
    public static void WriteArrayHeader(this IBufferWriter<byte> output, long count) => WriteHeader(output, '*', count);

    /// <summary>Writes what begins a map: an array in version 2.</summary>
    public static void WriteMapHeader(this IBufferWriter<byte> output, RespVersion version, long pairs)
    {
        if (version == RespVersion.Resp3)
            WriteHeader(output, '%', pairs);
        else
            WriteHeader(output, '*', 2 * pairs);
    }

    /// <summary>Writes the absence of a value.</summary>
    public static void WriteNull(this IBufferWriter<byte> output, RespVersion version) =>
        output.Write(version == RespVersion.Resp3 ? "_\r\n"u8 : "$-1\r\n"u8);

    /// <summary>Writes a string of bytes.</summary>
    public static void WriteBulk(this IBufferWriter<byte> output, ReadOnlySpan<byte> bytes)
    {
        WriteBulkHeader(output, bytes.Length);
        output.Write(bytes);
        WriteBulkEnd(output);
    }

    /// <inheritdoc cref="WriteBulk(IBufferWriter{byte}, ReadOnlySpan{byte})"/>
    public static void WriteBulk(this IBufferWriter<byte> output, string text)
    {
        WriteBulkHeader(output, Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, output);
        WriteBulkEnd(output);
    }

    /// <summary>Writes what comes before a string of bytes.</summary>
    public static void WriteBulkHeader(this IBufferWriter<byte> output, int length) => WriteHeader(output, '$', length);

    /// <summary>Writes what comes behind a string of bytes.</summary>
    public static void WriteBulkEnd(this IBufferWriter<byte> output) => output.Write("\r\n"u8);

    /// <summary>Writes text for people: a verbatim string in version 3.</summary>
    public static void WriteText(this IBufferWriter<byte> output, RespVersion version, string text)
    {
        if (version == RespVersion.Resp2)
        {
            WriteBulk(output, text);
            return;
        }

        WriteHeader(output, '=', Encoding.UTF8.GetByteCount(text) + 4);
        output.Write("txt:"u8);
        Encoding.UTF8.GetBytes(text, output);
        WriteBulkEnd(output);
    }

    private static void WriteLine(IBufferWriter<byte> output, char type, string text)
    {
        output.Write([(byte)type]);
        Encoding.UTF8.GetBytes(text, output);
        WriteBulkEnd(output);
    }

    private static void WriteHeader(IBufferWriter<byte> output, char type, long number)
    {
        Span<byte> place = output.GetSpan(LongestHeader);
        place[0] = (byte)type;
        Utf8Formatter.TryFormat(number, place[1..], out int length);
        place[length + 1] = (byte)'\r';
        place[length + 2] = (byte)'\n';
        output.Advance(length + 3);
    }
}

/// <summary>Names the versions of the protocol, between which a client chooses with HELLO.</summary>
internal enum RespVersion
{
    /// <summary>What every client speaks.</summary>
    Resp2 = 2,

    /// <summary>The one with maps and one kind of null.</summary>
    Resp3 = 3,
}
