using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Samples.Kv.Audit;

/// <summary>Is a message of the store to the audit: which of its runs that is, the length of the records, and these.</summary>
internal static class AuditMessage
{
    /// <summary>The bytes before the records.</summary>
    public const int HeaderSize = 2 * sizeof(ulong);

    /// <summary>So many bytes of records fit into a synchronous message.</summary>
    public const int Capacity = (Limits.MessageWords * sizeof(ulong)) - HeaderSize;

    /// <summary>Writes a message.</summary>
    public static void Write(Span<byte> message, ulong run, ReadOnlySpan<byte> records)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(message, run);
        BinaryPrimitives.WriteInt64LittleEndian(message[sizeof(ulong)..], records.Length);
        records.CopyTo(message[HeaderSize..]);
    }

    /// <inheritdoc cref="Write(Span{byte}, ulong, ReadOnlySpan{byte})"/>
    /// <returns>The words that are used.</returns>
    public static ReadOnlySpan<ulong> Write(Span<ulong> words, ulong run, ReadOnlySpan<byte> records)
    {
        Write(MemoryMarshal.AsBytes(words), run, records);
        return words[..((HeaderSize + records.Length + sizeof(ulong) - 1) / sizeof(ulong))];
    }

    /// <summary>Reads a message. It may change while it is read, so everything is read once.</summary>
    /// <returns>False if it makes no sense.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, out ulong run, out ReadOnlySpan<byte> records)
    {
        run = 0;
        records = default;
        if (message.Length < HeaderSize)
            return false;
        run = BinaryPrimitives.ReadUInt64LittleEndian(message);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(message[sizeof(ulong)..]);
        if (length > (ulong)(message.Length - HeaderSize))
            return false;
        records = message.Slice(HeaderSize, (int)length);
        return true;
    }
}
