using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <summary>Names where the payload of a message is: in the peer's frame, or in memory of its own.</summary>
/// <param name="payload">Its first byte.</param>
/// <param name="capacity">The size of the memory of its own; 0 if it is in the peer's frame.</param>
internal readonly unsafe struct MessagePlace(byte* payload, int capacity)
{
    private readonly byte* _payload = payload;
    private readonly int _capacity = capacity;

    /// <summary>Gets whether the payload lies in memory of its own.</summary>
    public bool IsReassembled => _capacity != 0;

    /// <summary>Gets that memory.</summary>
    public NativeBuffer Buffer => new(_payload, _capacity);

    /// <summary>Gets the first byte of the record in the peer's frame.</summary>
    public byte* Line => _payload - RecordHeader.Size;

    /// <summary>Gets the payload's first byte.</summary>
    public byte* Start => _payload;

    /// <summary>Gets the payload as what takes no read-only span wants it. In the peer's frame it can't be written.</summary>
    public Span<byte> Writable(int length) => new(_payload, length);

    /// <summary>Gets the payload.</summary>
    /// <remarks>The caller knows its length, and that it was not released.</remarks>
    public ReadOnlySpan<byte> Payload(int length) => new(_payload, length);
}
