namespace Rel4.Runtime;

/// <summary>A call for a thread without an executor. It has the reply's copy until the response is disposed of; one that is forgotten is collected with it.</summary>
internal sealed class RemoteCall : PooledOperation<RemoteCall, IpcResponse>
{
    private readonly MessageHandle _reply;

    public RemoteCall() => _reply = new MessageHandle(this);

    /// <summary>Gets or sets the limit.</summary>
    public TimeSpan Timeout { get; set; }

    private protected override async CoTask<IpcResponse> Begin()
    {
        using IpcResponse reply = await TaskRuntime.Required.ConnectionTo(Capability).Call(Label, Bytes, Timeout, CancellationToken);
        // The message is written, so its place is free.
        Copy(reply.Payload);
        return _reply.ShowReply(reply.Label, reply.Length);
    }

    private protected override void OnTaken()
    {
        // Returned when the response is disposed of.
    }
}
