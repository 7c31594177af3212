using Rel4.Contracts.Wire;

namespace Rel4.Contracts;

/// <summary>A call of a callback that waits for the client's answer.</summary>
internal sealed class PendingCallback<T, TCodec> : PendingCallback
    where TCodec : IContractCodec<T>
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _cancellation;

    public Task<T> Result => _result.Task;

    /// <summary>Ends the wait by a token, and does something then.</summary>
    public void CancelBy(Action cancelled, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled)
            return;
        _cancellation = cancellationToken.UnsafeRegister(
            _ =>
            {
                cancelled();
                _result.TrySetCanceled(cancellationToken);
            },
            state: null);
        // pairs with Unregister: either that finds the registration, or it was answered before this looks, and nobody else takes it back.
        Interlocked.MemoryBarrier();
        if (_result.Task.IsCompleted)
            _cancellation.Unregister();
    }

    public override void Answer(ushort label, ref ContractReader rest)
    {
        SetResult(label, ref rest);
        Unregister();
    }

    public override void Fail(Exception failure)
    {
        _result.TrySetException(failure);
        Unregister();
    }

    private void SetResult(ushort label, ref ContractReader rest)
    {
        if (label != (ushort)ReplyLabel.Result)
        {
            _result.TrySetException(ReplyError.Of(label, ref rest, Peer.Client, CancellationToken.None));
            return;
        }

        T result = TCodec.Read(ref rest);
        if (rest.HasFailed || !rest.IsAtEnd)
            _result.TrySetException(ReplyError.Malformed(Peer.Client));
        else
            _result.TrySetResult(result);
    }

    /// <summary>Takes the registration back, once there is a result.</summary>
    private void Unregister()
    {
        // pairs with CancelBy: orders the result before the look at what is registered.
        Interlocked.MemoryBarrier();
        _cancellation.Unregister();
    }
}
