using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Is the reply to an asynchronous call, read in place.</summary>
/// <remarks>
/// The payload lies in the server's frame, or in memory of the runtime's own where the message was long or the caller is on a thread without an
/// executor. It is there until <see cref="Dispose"/>, which gives the place back: a response that is kept keeps the server from writing over it. In
/// place the server can change it at any time, so copy what is checked before it is checked. Copies of this value know nothing of each other;
/// dispose of one of them, once.
/// </remarks>
public readonly struct Response : IDisposable
{
    // The channel, or the array that holds a copy.
    private readonly object? _owner;
    private readonly MessagePlace _place;
    private readonly int _length;

    internal Response(ChannelSource source, in ChannelMessage message)
    {
        _owner = source;
        _place = message.Place;
        _length = message.Length;
        Label = message.Label;
    }

    internal Response(ushort label, byte[] copy, int length)
    {
        _owner = copy;
        _length = length;
        Label = label;
    }

    /// <summary>Gets the server's label.</summary>
    public ushort Label { get; }

    /// <summary>Gets the bytes of the payload.</summary>
    public int Length => _length;

    /// <summary>Gets the payload, until <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> Payload => _owner is byte[] copy ? copy.AsSpan(0, _length) : _place.Payload(_length);

    /// <summary>Gives the payload's place back. On the thread that made the call, or the executor's that its coroutine runs on.</summary>
    public void Dispose()
    {
        if (_owner is ChannelSource source)
            source.Release(_place);
        else if (_owner is byte[] copy)
            RemoteCopy.Return(copy);
    }
}
