using System.Buffers;

namespace Rel4.Nats.Bridge;

/// <summary>Is a message that has arrived, copied out of the connection's buffer.</summary>
internal sealed class Incoming
{
    private byte[]? _buffer;

    /// <summary>Gets the subject.</summary>
    public required string Subject { get; init; }

    /// <summary>Gets the subject that an answer is to go to; null for none. Whoever sent the message chose it.</summary>
    public required string? ReplyTo { get; init; }

    /// <summary>Gets whether the server says that nobody has subscribed to what was published, instead of an answer.</summary>
    public bool IsNoResponders { get; init; }

    /// <summary>Gets what it begins with.</summary>
    public MessageHeader Header { get; private init; }

    /// <summary>Gets what follows.</summary>
    public ReadOnlyMemory<byte> Payload { get; private init; }

    /// <summary>Copies a message.</summary>
    /// <returns>Null if it is none of a bridge.</returns>
    public static Incoming? Read(string subject, string? replyTo, in ReadOnlySequence<byte> bytes)
    {
        if (!MessageHeader.TryRead(bytes, out MessageHeader header))
            return null;
        int length = (int)bytes.Length - MessageHeader.Size;
        byte[]? buffer = length == 0 ? null : ArrayPool<byte>.Shared.Rent(length);
        bytes.Slice(MessageHeader.Size).CopyTo(buffer);
        return new Incoming { Subject = subject, ReplyTo = replyTo, Header = header, Payload = buffer.AsMemory(0, length), _buffer = buffer };
    }

    /// <summary>Gives its memory back: nothing looks at its payload any more.</summary>
    public void Return()
    {
        if (_buffer is { } buffer)
            ArrayPool<byte>.Shared.Return(buffer);
        _buffer = null;
    }
}
