using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>Payloads in memory that the core takes.</content>
internal sealed unsafe partial class PendingWrite
{
    private NativeBuffer _buffer;
    private int _length;

    /// <summary>Takes one with a copy of the payload, unless that is longer than the peer takes: then who waits is told so.</summary>
    /// <returns>Null if it is too long. It was not copied then, as a heap that only grows may have no room for what is refused anyway.</returns>
    public static PendingWrite? TryCopy(RecordKind kind, ushort label, ReadOnlySpan<byte> payload, ulong longest, Completion completion)
    {
        if ((ulong)payload.Length > longest)
        {
            completion.TrySetOutcome(completion.Version, CompletionOutcome.TooLong);
            return null;
        }

        PendingWrite write = Rent();
        write.BeginCopy(kind, 0, label, payload, completion);
        return write;
    }

    private partial ReadOnlySpan<byte> Stored => new(_buffer.Bytes, _length);

    private partial void Store(ReadOnlySpan<byte> payload)
    {
        _buffer = NativeBuffer.Allocate(payload.Length);
        _length = payload.Length;
        payload.CopyTo(new Span<byte>(_buffer.Bytes, _length));
    }

    private partial void Drop()
    {
        _buffer.Free();
        _buffer = default;
        _length = 0;
    }
}
