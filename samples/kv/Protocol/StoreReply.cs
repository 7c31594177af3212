using System.Buffers;
using System.Buffers.Binary;

namespace Rel4.Samples.Kv.Protocol;

/// <summary>Names what a reply of the store begins with.</summary>
/// <remarks>
/// Little-endian. Replies stand one behind the other in the order of their requests; each is
/// <code>
/// Done | Null | Integer, number (8) | Bytes, length (4), bytes | Array, count (4), count replies | Error, StoreError (1)
/// </code>
/// There may be fewer replies than requests: the store stops a batch whose replies grow large, and the gateway asks for the rest.
/// </remarks>
internal enum ReplyKind : byte
{
    /// <summary>It is done.</summary>
    Done = 1,

    /// <summary>There is no value.</summary>
    Null,

    /// <summary>A number follows.</summary>
    Integer,

    /// <summary>Bytes follow.</summary>
    Bytes,

    /// <summary>Replies follow.</summary>
    Array,

    /// <summary>An error follows.</summary>
    Error,
}

/// <summary>Names why the store refused a request.</summary>
internal enum StoreError : byte
{
    /// <summary>The request makes no sense, or can't be read. No gateway of ours sends such.</summary>
    Malformed = 1,

    /// <summary>The value is no integer of 64 bits.</summary>
    NotAnInteger,

    /// <summary>The sum does not fit into 64 bits.</summary>
    Overflow,

    /// <summary>The reply would be larger than 1 GB.</summary>
    ReplyTooLarge,
}

/// <summary>Writes replies.</summary>
internal static class StoreReply
{
    public static void WriteDone(this IBufferWriter<byte> replies) => replies.WriteKind(ReplyKind.Done);

    public static void WriteNull(this IBufferWriter<byte> replies) => replies.WriteKind(ReplyKind.Null);

    public static void WriteNumber(this IBufferWriter<byte> replies, long number)
    {
        Span<byte> place = replies.GetSpan(1 + sizeof(long));
        place[0] = (byte)ReplyKind.Integer;
        BinaryPrimitives.WriteInt64LittleEndian(place[1..], number);
        replies.Advance(1 + sizeof(long));
    }

    public static void WriteBytes(this IBufferWriter<byte> replies, ReadOnlySpan<byte> bytes)
    {
        WriteCount(replies, ReplyKind.Bytes, bytes.Length);
        replies.Write(bytes);
    }

    public static void WriteArray(this IBufferWriter<byte> replies, int count) => WriteCount(replies, ReplyKind.Array, count);

    public static void WriteRefusal(this IBufferWriter<byte> replies, StoreError error)
    {
        Span<byte> place = replies.GetSpan(2);
        place[0] = (byte)ReplyKind.Error;
        place[1] = (byte)error;
        replies.Advance(2);
    }

    private static void WriteKind(this IBufferWriter<byte> replies, ReplyKind kind)
    {
        replies.GetSpan(1)[0] = (byte)kind;
        replies.Advance(1);
    }

    private static void WriteCount(IBufferWriter<byte> replies, ReplyKind kind, int count)
    {
        Span<byte> place = replies.GetSpan(1 + sizeof(int));
        place[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(place[1..], count);
        replies.Advance(1 + sizeof(int));
    }
}
