using System.Buffers;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Shows a message that stays in its place as memory, so that it can be written to the peer without another copy.</summary>
internal sealed unsafe class PlaceMemory : MemoryManager<byte>
{
    private MessagePlace _place;
    private int _length;

    /// <summary>Shows another message.</summary>
    public ReadOnlyMemory<byte> Show(MessagePlace place, int length)
    {
        _place = place;
        _length = length;
        return Memory;
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan() => _place.Writable(_length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new(_place.Start + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
