using System.Buffers;
using Rel4.Samples.Kv.Store;

namespace Rel4.Samples.Kv.Gateway.Stores;

/// <summary>Is a store in the gateway's own process: what the service would be without isolation.</summary>
internal sealed class LocalStore(TimeProvider time) : IStore, IDisposable
{
    private readonly Lock _lock = new();
    private readonly StoreEngine _engine = new(time);
    private Timer? _sweep;

    /// <summary>Lets expired keys be removed in the background.</summary>
    public void StartSweeping() => _sweep = new Timer(_ => Sweep(), null, StoreEngine.SweepInterval, StoreEngine.SweepInterval);

    /// <inheritdoc/>
    public ValueTask ExecuteAsync(ReadOnlyMemory<byte> requests, ArrayBufferWriter<byte> replies)
    {
        lock (_lock)
            _engine.Execute(requests.Span, replies);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _sweep?.Dispose();

    private void Sweep()
    {
        lock (_lock)
            _engine.Sweep();
    }
}
