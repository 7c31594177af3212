using System.Buffers;
using Rel4.Runtime;
using Rel4.Samples.Kv.Store;

namespace Rel4.Samples.Kv.Gateway.Stores;

/// <summary>Is a store in the gateway's own process: what the service would be without isolation.</summary>
internal sealed class LocalStore : IStore
{
    private readonly StoreEngine _engine;

    /// <summary>Makes an empty one.</summary>
    public LocalStore(TimeProvider time)
    {
        _engine = new StoreEngine(time);
        Executor.Current!.Spawn(_engine.SweepAsync);
    }

    /// <inheritdoc/>
    public CoTask ExecuteAsync(ReadOnlyMemory<byte> requests, ArrayBufferWriter<byte> replies)
    {
        _engine.Execute(requests.Span, replies);
        return CoTask.CompletedTask;
    }
}
