using System.Buffers.Binary;

namespace Rel4.Samples.Kv.Protocol;

/// <summary>Reads replies of the store, which the gateway does not trust: it reads no further than the bytes go.</summary>
/// <param name="bytes">The replies.</param>
internal struct ReplyReader(ReadOnlyMemory<byte> bytes)
{
    private int _position;

    /// <summary>Gets whether all is read.</summary>
    public readonly bool IsAtEnd => _position == bytes.Length;

    /// <summary>Reads what comes next. Behind an array come its elements.</summary>
    /// <exception cref="InvalidReplyException">There is nothing, or nothing that makes sense.</exception>
    public ReplyItem Read()
    {
        ReadOnlySpan<byte> rest = bytes.Span[_position..];
        if (rest.IsEmpty)
            throw new InvalidReplyException();
        var kind = (ReplyKind)rest[0];
        rest = rest[1..];
        return kind switch
        {
            ReplyKind.Done or ReplyKind.Null => Take(kind, 0, 0),
            ReplyKind.Integer when rest.Length >= sizeof(long) => Take(kind, BinaryPrimitives.ReadInt64LittleEndian(rest), sizeof(long)),
            ReplyKind.Error when rest.Length >= 1 => Take(kind, rest[0], 1),
            // Every element has at least a byte.
            ReplyKind.Array when HasCount(rest, out int count) => Take(kind, count, sizeof(int)),
            ReplyKind.Bytes when HasCount(rest, out int length) => Take(kind, length, sizeof(int) + length),
            _ => throw new InvalidReplyException(),
        };
    }

    private static bool HasCount(ReadOnlySpan<byte> rest, out int count)
    {
        count = rest.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(rest) : -1;
        return count >= 0 && count <= rest.Length - sizeof(int);
    }

    private ReplyItem Take(ReplyKind kind, long number, int length)
    {
        _position += 1 + length;
        ReadOnlyMemory<byte> content = kind == ReplyKind.Bytes ? bytes.Slice(_position - (int)number, (int)number) : default;
        return new ReplyItem(kind, number, content);
    }
}

/// <summary>Is one thing in a reply.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Number">The number, the count of elements, or the <see cref="StoreError"/>.</param>
/// <param name="Bytes">The bytes, where it is bytes.</param>
internal readonly record struct ReplyItem(ReplyKind Kind, long Number, ReadOnlyMemory<byte> Bytes);

/// <summary>Tells that the store sent what is no reply.</summary>
internal sealed class InvalidReplyException() : Exception("The store sent what is no reply.");
