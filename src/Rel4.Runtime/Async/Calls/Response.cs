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
    private readonly ChannelSource? _source;
    private readonly ChannelMessage _message;
    private readonly byte[]? _copy;
    private readonly int _length;

    internal Response(ChannelSource source, in ChannelMessage message)
    {
        _source = source;
        _message = message;
        Label = message.Label;
        _length = message.Length;
    }

    internal Response(ushort label, byte[] copy, int length)
    {
        Label = label;
        _copy = copy;
        _length = length;
    }

    /// <summary>Gets the server's label.</summary>
    public ushort Label { get; }

    /// <summary>Gets the bytes of the payload.</summary>
    public int Length => _length;

    /// <summary>Gets the payload, until <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> Payload => _copy is null ? _message.Payload : _copy.AsSpan(0, _length);

    /// <summary>Gives the payload's place back. On the thread that made the call, or the executor's that its coroutine runs on.</summary>
    public void Dispose()
    {
        if (_copy is not null)
            RemoteCopy.Return(_copy);
        else
            _source?.Release(_message);
    }
}
