using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Samples.Kv.Audit;

/// <summary>Is a message of the store to the audit: which run of the store it is from, how many bytes of records there are, and these.</summary>
internal static class AuditMessage
{
    /// <summary>So many bytes of records fit.</summary>
    public const int Capacity = (Limits.MessageWords - HeaderWords) * sizeof(ulong);

    private const int HeaderWords = 2;

    /// <summary>Fills words.</summary>
    /// <returns>The words that are used.</returns>
    public static ReadOnlySpan<ulong> Write(Span<ulong> words, ulong run, ReadOnlySpan<byte> records)
    {
        words[0] = run;
        words[1] = (ulong)records.Length;
        records.CopyTo(MemoryMarshal.AsBytes(words[HeaderWords..]));
        return words[..(HeaderWords + ((records.Length + sizeof(ulong) - 1) / sizeof(ulong)))];
    }

    /// <summary>Reads a message.</summary>
    /// <returns>False if it makes no sense.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, out ulong run, out ReadOnlySpan<byte> records)
    {
        run = 0;
        records = default;
        if (message.Length < HeaderWords * sizeof(ulong))
            return false;
        ReadOnlySpan<ulong> header = MemoryMarshal.Cast<byte, ulong>(message[..(HeaderWords * sizeof(ulong))]);
        run = header[0];
        records = message[(HeaderWords * sizeof(ulong))..];
        if (header[1] > (ulong)records.Length)
            return false;
        records = records[..(int)header[1]];
        return true;
    }
}
