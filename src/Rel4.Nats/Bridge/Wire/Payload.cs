using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Is what a message carries, where it is: in a peer's frame, or in memory. Read on the executor's thread, before the request or response is ended.</summary>
internal readonly struct Payload
{
    private readonly IpcRequest? _request;
    private readonly IpcResponse? _response;
    private readonly ReadOnlyMemory<byte> _memory;
    private readonly int _offset;

    public Payload(IpcRequest request)
    {
        _request = request;
        Length = request.Length;
    }

    public Payload(IpcResponse response)
    {
        _response = response;
        Length = response.Length;
    }

    public Payload(ReadOnlyMemory<byte> memory)
    {
        _memory = memory;
        Length = memory.Length;
    }

    private Payload(in Payload whole, int offset, int length)
    {
        this = whole;
        _offset += offset;
        Length = length;
    }

    /// <summary>Gets its bytes' number.</summary>
    public int Length { get; }

    /// <summary>Gets a part of it.</summary>
    public Payload Slice(int offset, int length) => new(this, offset, length);

    /// <summary>Copies it.</summary>
    public void CopyTo(Span<byte> place)
    {
        ReadOnlySpan<byte> all = _request is { } request ? request.Payload : _response is { } response ? response.Payload : _memory.Span;
        all.Slice(_offset, Length).CopyTo(place);
    }
}
