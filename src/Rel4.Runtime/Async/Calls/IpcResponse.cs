namespace Rel4.Runtime;

/// <summary>The reply to an asynchronous call.</summary>
/// <remarks>
/// The payload lies in the server's frame, or in memory of this process. It is there until <see cref="Dispose"/>, on any thread, which gives the place back;
/// to dispose again does nothing, and any other use after it throws. In place the server can change it at any time, so copy what is checked before it
/// is checked. A response that is kept holds back nobody; one that is forgotten is given back when the garbage collector finds it, and reported
/// (<see cref="ReL4.MessageForgotten"/>). The payload's span is for use before the next <c>await</c>; a thread that is not the executor's is given a copy.
/// </remarks>
public readonly partial struct IpcResponse : IDisposable
{
    private readonly MessageHandle? _handle;
    private readonly int _version;

    internal IpcResponse(MessageHandle handle)
    {
        _handle = handle;
        _version = handle.Version;
    }

    /// <summary>Gets the server's label.</summary>
    /// <exception cref="ObjectDisposedException">The response was disposed of.</exception>
    /// <exception cref="InvalidOperationException">This is the default value, no response.</exception>
    public ushort Label => Use.Live.Message.Label;

    /// <summary>Gets the bytes of the payload.</summary>
    /// <inheritdoc cref="Label" path="/exception"/>
    public int Length => Use.Live.Message.Length;

    /// <summary>Gets the payload, until <see cref="Dispose"/>.</summary>
    /// <inheritdoc cref="Label" path="/exception"/>
    public ReadOnlySpan<byte> Payload => Use.Handle.Payload(Use.Version);

    /// <summary>Gives the payload's place back, if that was not done.</summary>
    public void Dispose() => Use.End();

    private MessageUse Use => new(_handle, _version);
}
