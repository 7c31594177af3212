using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>A message that an asynchronous server received.</summary>
/// <remarks>
/// <para>
/// It is ended by a reply or by <see cref="Dispose"/>, in any order among others, and on any thread: from one that is not the executor's, the reply is
/// copied and brought there. To end it again does nothing, so that <c>using</c> goes together with a reply. Any other use after the end throws. One
/// that is kept holds back nobody else's message, nor later ones of the same client; one that is forgotten is given back when the garbage collector finds
/// it, and reported (<see cref="ReL4.MessageForgotten"/>).
/// </para>
/// <para>
/// The payload lies in the client's frame, or in memory of this process. In place the client can change it at any time, so copy what is checked before
/// it is checked. The payload's span is for use before the next <c>await</c>; a thread that is not the executor's is given a copy.
/// </para>
/// </remarks>
public readonly partial struct IpcRequest : IDisposable
{
    private readonly MessageHandle? _handle;
    private readonly int _version;

    internal IpcRequest(MessageHandle handle)
    {
        _handle = handle;
        _version = handle.Version;
    }

    /// <summary>Gets the badge of the capability that the client called through: who it is, as whoever composed the system said.</summary>
    /// <exception cref="ObjectDisposedException">The request was ended.</exception>
    /// <exception cref="InvalidOperationException">This is the default value, no request.</exception>
    public ulong Badge => Use.Live.Badge;

    /// <summary>Gets the client's label.</summary>
    /// <inheritdoc cref="Badge" path="/exception"/>
    public ushort Label => Use.Handle.Label(Use.Version);

    /// <summary>Gets whether the client waits for a reply. Of a synchronous message this can't be told: it is so.</summary>
    /// <inheritdoc cref="Badge" path="/exception"/>
    public bool IsCall => Use.Live.Message.Kind == RecordKind.Call;

    /// <summary>Gets the bytes of the payload.</summary>
    /// <inheritdoc cref="Badge" path="/exception"/>
    public int Length => Use.Live.Message.Length;

    /// <summary>Gets the payload, until the request is ended.</summary>
    /// <inheritdoc cref="Badge" path="/exception"/>
    public ReadOnlySpan<byte> Payload => Use.Handle.Payload(Use.Version);

    /// <summary>Replies, and ends the request.</summary>
    /// <param name="label">The label.</param>
    /// <param name="payload">The payload; also the request's own.</param>
    /// <returns>A task that is complete.</returns>
    /// <remarks>
    /// Never waits for the client, nor throws because of it: a reply for which there is no room yet is kept, and none of the client's requests is handed
    /// out until it is written; one that is longer than the client takes becomes the client's <see cref="ReplyAbandonedException"/>, and is counted
    /// (<c>rel4.replies.refused</c>). A reply to a client that is gone, and one to a message that wanted none, goes nowhere.
    /// </remarks>
    /// <inheritdoc cref="Badge" path="/exception"/>
    public CoTask ReplyAsync(ushort label, ReadOnlySpan<byte> payload = default)
    {
        Use.Handle.Reply(Use.Version, label, payload);
        return CoTask.CompletedTask;
    }

    /// <summary>Ends the request without a reply, if it has not ended; a client that waits for one gets a <see cref="ReplyAbandonedException"/>.</summary>
    public void Dispose() => Use.End();

    private MessageUse Use => new(_handle, _version);
}
