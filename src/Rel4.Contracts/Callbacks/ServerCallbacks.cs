using Rel4.Contracts.Wire;
using Rel4.Runtime;

namespace Rel4.Contracts;

/// <summary>The callbacks that go with a call, at the server: the client asks for the next, and sends what it has answered.</summary>
/// <remarks>
/// Any thread. Invariants: 1. an ask is kept only while there is nothing to tell; 2. what there is to tell are calls that wait for their answers, each once, and cancellations of calls that were told,
/// each once: so there are no more than twice as many as may wait; 3. when the call is cancelled or has ended, nothing waits.
/// </remarks>
internal sealed class ServerCallbacks
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, PendingCallback> _waiting = [];
    private readonly List<(ulong Number, byte[] Message)> _untold = [];
    private readonly int _most;
    private IpcRequest _ask;
    private bool _isAsked;
    private Func<Exception>? _end;

    public ServerCallbacks(ContractServerOptions options, CancellationToken token)
    {
        Serializer = options.Serializer;
        _most = options.MaxCallbacksPerCall;
        token.UnsafeRegister(
            static (self, token) => ((ServerCallbacks)self!).Close(() => new OperationCanceledException(
                "The call that brought the callback was cancelled, or its client is gone. Whether the client has carried the callback out is unknown.", token)),
            this);
    }

    public IContractSerializer? Serializer { get; }

    /// <summary>Takes an ask.</summary>
    /// <returns>False if there is one already.</returns>
    public bool TryAsk(IpcRequest ask)
    {
        lock (_lock)
        {
            if (_isAsked)
                return false;
            (_ask, _isAsked) = (ask, true);
            Tell();
            return true;
        }
    }

    /// <summary>Calls a callback.</summary>
    /// <param name="message">The header and the arguments.</param>
    /// <param name="index">Which, among the streams and callbacks of the call.</param>
    /// <param name="number">The number of the message.</param>
    /// <param name="cancellationToken">Ends the wait, and cancels the callback's own token.</param>
    public ValueTask<T> CallAsync<T, TCodec>(ContractWriter message, byte index, ulong number, CancellationToken cancellationToken)
        where TCodec : IContractCodec<T>
    {
        byte[] bytes = [index, .. message.Written];
        message.Return();
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<T>(cancellationToken);
        var pending = new PendingCallback<T, TCodec>();
        lock (_lock)
        {
            if (_end is not null)
                return ValueTask.FromException<T>(_end());
            if (_waiting.Count >= _most)
            {
                return ValueTask.FromException<T>(new ContractRefusedException(
                    ContractRefusal.TooMany, $"{_most} callbacks of the call wait for the client's answer, and no more may (ContractServerOptions.MaxCallbacksPerCall)."));
            }

            _waiting.Add(number, pending);
            _untold.Add((number, bytes));
            Tell();
        }

        pending.CancelBy(() => Cancel(number, bytes), cancellationToken);
        return new ValueTask<T>(pending.Result);
    }

    /// <inheritdoc cref="CallAsync{T, TCodec}"/>
    public ValueTask CallAsync(ContractWriter message, byte index, ulong number, CancellationToken cancellationToken) =>
        new(CallAsync<Nothing, Nothing>(message, index, number, cancellationToken).AsTask());

    /// <summary>Takes what a callback has answered; nothing if there is none that waits for it.</summary>
    public void Answer(ulong number, ushort label, ref ContractReader rest)
    {
        PendingCallback? pending;
        lock (_lock)
        {
            // What was not told was not answered.
            if (_untold.Exists(message => message.Number == number) || !_waiting.Remove(number, out pending))
                return;
        }

        pending.Answer(label, ref rest);
    }

    /// <summary>Ends it, as the call has ended.</summary>
    public void End() => Close(static () => new ContractRefusedException(
        ContractRefusal.CallEnded, "The call that brought the callback has ended, and the client answers no more of its callbacks. A method awaits its callbacks before it ends."));

    private void Close(Func<Exception> end)
    {
        PendingCallback[] waiting;
        lock (_lock)
        {
            _end ??= end;
            waiting = [.. _waiting.Values];
            _waiting.Clear();
            _untold.Clear();
            if (_isAsked)
                _ask.ReplyAsync((ushort)ReplyLabel.CallEnded);
            _isAsked = false;
        }

        foreach (PendingCallback pending in waiting)
            pending.Fail(end());
    }

    private void Cancel(ulong number, byte[] message)
    {
        lock (_lock)
        {
            if (!_waiting.Remove(number))
                return;
            if (_untold.RemoveAll(untold => untold.Number == number) != 0)
                return;
            // Its header and no arguments, as a cancellation.
            byte[] cancellation = message[..(1 + MessageHeader.NumberedBytes)];
            MessageHeader.MakeCancel(cancellation.AsSpan(1));
            _untold.Add((0, cancellation));
            Tell();
        }
    }

    /// <summary>Tells the client what there is, if it has asked. Inside of the lock.</summary>
    private void Tell()
    {
        if (!_isAsked || _untold.Count == 0)
            return;
        byte[] message = _untold[0].Message;
        _untold.RemoveAt(0);
        _isAsked = false;
        _ask.ReplyAsync((ushort)ReplyLabel.Result, message);
    }
}
