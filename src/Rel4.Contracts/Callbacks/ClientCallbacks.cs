using Rel4.Contracts.Wire;
using Rel4.Runtime;

namespace Rel4.Contracts;

/// <summary>The callbacks that go with a call, at the client: it asks for the next as long as the call is under way, and has each answered.</summary>
/// <remarks>Any thread. One ask is outstanding, and what is under way is bounded by the options.</remarks>
internal sealed class ClientCallbacks(ClientCall call, IReadOnlyDictionary<byte, ContractDispatcher> callbacks)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, ClientCallback> _running = [];

    public ClientCall Call => call;

    /// <summary>Asks and answers until the call has ended.</summary>
    public async Task AnswerAsync()
    {
        try
        {
            while (await AskAsync() is { } message && TryTake(message))
            {
            }
        }
        catch (Exception)
        {
            // The call's own reply says what has become of it.
        }
    }

    /// <summary>Forgets one that has been answered.</summary>
    public void Remove(ClientCallback callback)
    {
        lock (_lock)
        {
            // One that was refused may have the number of another.
            if (_running.GetValueOrDefault(callback.Number) == callback)
                _running.Remove(callback.Number);
        }
    }

    /// <returns>What the server tells; null when it tells nothing more.</returns>
    private async ValueTask<byte[]?> AskAsync()
    {
        for (int tries = 1;; tries++)
        {
            using (IpcResponse response = await call.CallAsync(call.Begin(MessageKind.Ask)))
            {
                if (response.Label != (ushort)ReplyLabel.CallEnded)
                    return response.Label == (ushort)ReplyLabel.Result ? response.Payload.ToArray() : null;
            }

            if (!await call.IsToTryAgainAsync(tries))
                return null;
        }
    }

    /// <returns>False if it is no message of a callback, and the server is asked for no others.</returns>
    private bool TryTake(byte[] message)
    {
        var reader = new ContractReader(message, call.Options.Serializer);
        byte index = reader.ReadByte();
        if (MessageHeader.TryRead(ref reader, out MessageHeader header) is not null || header.Kind > MessageKind.Cancel)
            return false;
        if (header.Kind == MessageKind.Call)
            Begin(index, header, reader);
        else
            Cancel(header.Number);
        return true;
    }

    private void Cancel(ulong number)
    {
        lock (_lock)
            _running.GetValueOrDefault(number)?.Cancel();
    }

    private void Begin(byte index, in MessageHeader header, ContractReader arguments)
    {
        var callback = new ClientCallback(this, header);
        if (!callbacks.TryGetValue(index, out ContractDispatcher? dispatcher) || dispatcher.Contract != header.Contract)
            callback.Refuse(ContractRefusal.Contract);
        else if (!TryAdd(callback))
            callback.Refuse(ContractRefusal.TooMany);
        else
            callback.Run(dispatcher, header, arguments);
    }

    private bool TryAdd(ClientCallback callback)
    {
        lock (_lock)
            return _running.Count < call.Options.MaxCallbacksPerCall && _running.TryAdd(callback.Number, callback);
    }
}
