using System.Buffers.Binary;

namespace Rel4.Metal.User;

/// <summary>Lays out requests and replies, which are the same by either way.</summary>
/// <remarks>
/// <code>
/// request   0 bytes of the value (SET)   8 the key, with zeros behind it   24 the value (SET)
/// reply     0 bytes of the value (GET)                                      8 the value (GET)
/// </code>
/// What lies behind that counts for nothing: a synchronous message is whole words. With values of up to 8 bytes all are of four words or fewer, which the kernel's fast path takes.
/// </remarks>
internal static class KvMessage
{
    /// <summary>Where a request's key is.</summary>
    public const int Key = 8;

    /// <summary>Where a request's value is.</summary>
    public const int RequestValue = 24;

    /// <summary>Where a reply's value is.</summary>
    public const int ReplyValue = 8;

    /// <summary>Bytes of the longest value.</summary>
    public const int LongestValue = 64;

    /// <summary>Bytes of the longest request, which no reply exceeds.</summary>
    public const int Longest = RequestValue + LongestValue;

    /// <summary>Writes a request for a key that is a number.</summary>
    /// <returns>Its bytes, without a value.</returns>
    public static int Write(Span<byte> request, ulong key)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(request, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(request.Slice(Key), key);
        BinaryPrimitives.WriteUInt64LittleEndian(request.Slice(Key + sizeof(ulong)), 0);
        return RequestValue;
    }

    /// <summary>Writes a request to give a key a value, both of which are numbers.</summary>
    /// <returns>Its bytes.</returns>
    public static int Write(Span<byte> request, ulong key, ulong value)
    {
        Write(request, key);
        BinaryPrimitives.WriteUInt64LittleEndian(request, sizeof(ulong));
        BinaryPrimitives.WriteUInt64LittleEndian(request.Slice(RequestValue), value);
        return RequestValue + sizeof(ulong);
    }

    /// <summary>Tells whether a reply has a value that is a number.</summary>
    public static bool HasValue(ReadOnlySpan<byte> reply, ulong value) =>
        reply.Length >= ReplyValue + sizeof(ulong) && BinaryPrimitives.ReadUInt64LittleEndian(reply) == sizeof(ulong)
        && BinaryPrimitives.ReadUInt64LittleEndian(reply.Slice(ReplyValue)) == value;
}
