using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>A message that could not be written at once: its channel is not open yet, its ring is full, or it is too long for one record.</summary>
/// <remarks>Pooled by its thread. Invariant: once its completion is stale, because its coroutine was cancelled, the payload is not read.</remarks>
internal sealed partial class PendingWrite
{
    [PerThread]
    private static PendingWrite? t_free;

    private int _version;

    private PendingWrite()
    {
    }

    /// <summary>How much of it is written, and as what.</summary>
    public MessageTransfer Transfer;

    /// <summary>Gets the message.</summary>
    public ReadOnlySpan<byte> Payload => Request is { } request ? request.Payload : Stored;

    /// <summary>Gets the request whose own payload this is, and which is to be released when the message is written, if there is one.</summary>
    public ChannelMessage? Request { get; private set; }

    /// <summary>Gets the bytes that were copied for it.</summary>
    public int Copied { get; private set; }

    /// <summary>Gets what waits for the reply, of a call; otherwise what waits for the message to be written, or nobody.</summary>
    public Completion? Completion { get; private set; }

    /// <summary>Gets who waits for the reply, of a call.</summary>
    public CallWaiter Waiter => new(Completion, _version);

    /// <summary>Gets whether nobody waits for it any more.</summary>
    public bool IsStale => Completion is { } completion && !completion.IsPending(_version);

    /// <summary>Gets whether the channel knows of it: a part is written, or a call has its id.</summary>
    public bool IsBegun => Transfer.IsUnderWay || (Transfer.Kind == RecordKind.Call && Transfer.Id != 0);

    /// <summary>The next in its queue, or in the pool.</summary>
    public PendingWrite? Next { get; set; }

    private partial ReadOnlySpan<byte> Stored { get; }

    /// <summary>Takes an empty one.</summary>
    public static PendingWrite Rent()
    {
        PendingWrite write = t_free ?? new PendingWrite();
        t_free = write.Next;
        write.Next = null;
        return write;
    }

    /// <summary>Begins a message whose payload is copied.</summary>
    /// <param name="kind">What it is for.</param>
    /// <param name="id">The call's id, of a reply.</param>
    /// <param name="label">The label.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="completion">What waits for the reply, of a call; otherwise what waits for it to be written, or nobody.</param>
    public void BeginCopy(RecordKind kind, uint id, ushort label, ReadOnlySpan<byte> payload, Completion? completion = null)
    {
        Begin(kind, id, label, completion);
        Copied = payload.Length;
        Store(payload);
    }

    /// <summary>Begins a reply whose payload is the request's own, which stays until it is written.</summary>
    public void Begin(RecordKind kind, uint id, ushort label, ChannelMessage request)
    {
        Begin(kind, id, label, completion: null);
        Request = request;
    }

    /// <summary>Tells that the message is written.</summary>
    public void Succeed()
    {
        if (Completion is Completion<Nothing> written)
            written.TrySetResult(_version, default);
    }

    /// <summary>Forgets everything, and goes back to the pool.</summary>
    public void Return()
    {
        Drop();
        Copied = 0;
        Request = null;
        Completion = null;
        Next = t_free;
        t_free = this;
    }

    private void Begin(RecordKind kind, uint id, ushort label, Completion? completion)
    {
        Transfer = new MessageTransfer(kind, id, label);
        Completion = completion;
        _version = completion?.Version ?? 0;
    }

    /// <summary>Copies a payload.</summary>
    private partial void Store(ReadOnlySpan<byte> payload);

    /// <summary>Gives back what the payload was in.</summary>
    private partial void Drop();
}
