using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>Payloads in memory that the core takes.</content>
internal sealed unsafe partial class PendingWrite
{
    private NativeBuffer _buffer;
    private int _length;

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
