using System.ComponentModel;
using Rel4.Contracts.Wire;

namespace Rel4.Contracts;

/// <summary>What a client gives along with a call: streams that it sends, and callbacks that it answers. For generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class CallParts
{
    private readonly List<Func<ClientCall, Task>> _streams = [];
    private readonly Dictionary<byte, ContractDispatcher> _callbacks = [];
    private byte _count;

    internal CallParts()
    {
    }

    internal bool HasStreams => _streams.Count != 0;

    /// <summary>Adds a stream, which is the next of the call's streams and callbacks.</summary>
    public void AddStream<T, TCodec>(IAsyncEnumerable<T> items)
        where TCodec : IContractCodec<T>
    {
        ArgumentNullException.ThrowIfNull(items);
        byte index = _count++;
        _streams.Add(call => new ClientStream<T, TCodec>(call, index).SendAsync(items));
    }

    /// <summary>Adds a callback, which is the next of the call's streams and callbacks.</summary>
    public void AddCallback(ContractDispatcher callback) => _callbacks.Add(_count++, callback);

    /// <summary>Begins to send the streams and to answer the callbacks, for one call.</summary>
    internal void Start(ClientCall call)
    {
        // What becomes of these, the call's own reply says.
        foreach (Func<ClientCall, Task> send in _streams)
            _ = send(call);
        if (_callbacks.Count != 0)
            _ = new ClientCallbacks(call, _callbacks).AnswerAsync();
    }
}
