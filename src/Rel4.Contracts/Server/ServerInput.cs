using Rel4.Contracts.Wire;
using Rel4.Runtime;

namespace Rel4.Contracts;

/// <summary>A stream that a client sends with a call: it pushes a batch, and the answer, when that is taken, says how many items the next may have.</summary>
/// <remarks>
/// Any thread. One push is kept at most, unread and as what its client takes of this process' memory; beside it there is the batch that is gone through.
/// </remarks>
internal abstract class ServerInput(ServerCallParts parts, byte index)
{
    private readonly Lock _lock = new();
    private IpcRequest _push;
    private bool _isPushed;
    private TaskCompletionSource? _pushed;
    private Exception? _end;

    /// <summary>Gets which it is of the call's streams and callbacks.</summary>
    public byte Index => index;

    /// <summary>Gets what it belongs to.</summary>
    protected ServerCallParts Parts => parts;

    /// <summary>Takes a push.</summary>
    /// <returns>False if there is one already.</returns>
    public bool TryPush(IpcRequest push)
    {
        lock (_lock)
        {
            if (_end is not null)
            {
                push.ReplyAsync((ushort)ReplyLabel.StreamEnded);
                return true;
            }

            if (_isPushed)
                return false;
            (_push, _isPushed) = (push, true);
            _pushed?.TrySetResult();
            return true;
        }
    }

    /// <summary>Ends it, as its call ends.</summary>
    public void End() => End(ReplyLabel.CallEnded, new InvalidOperationException("The call has ended, and so have the streams that its client sent with it."));

    /// <summary>Ends it, as nobody goes through it any more.</summary>
    protected void Stop() => End(ReplyLabel.StreamEnded, new ObjectDisposedException(nameof(ServerInput)));

    /// <summary>Waits for a push.</summary>
    protected async ValueTask PushedAsync(CancellationToken cancellationToken)
    {
        Task pushed;
        lock (_lock)
        {
            if (_end is not null)
                throw _end;
            cancellationToken.ThrowIfCancellationRequested();
            if (_isPushed)
                return;
            _pushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            pushed = _pushed.Task;
        }

        await pushed.WaitAsync(cancellationToken);
    }

    /// <summary>Takes the push that there is.</summary>
    protected IpcRequest Take()
    {
        lock (_lock)
        {
            if (_end is not null)
                throw _end;
            _isPushed = false;
            return _push;
        }
    }

    private void End(ReplyLabel label, Exception reason)
    {
        lock (_lock)
        {
            if (_end is not null)
                return;
            _end = reason;
            if (_isPushed)
                _push.ReplyAsync((ushort)label);
            _isPushed = false;
            // Who waits finds the reason; nobody may, and an exception that nobody takes is told to the whole process.
            _pushed?.TrySetResult();
        }
    }
}
