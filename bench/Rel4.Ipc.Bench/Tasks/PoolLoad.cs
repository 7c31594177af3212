using System.Diagnostics;
using Rel4.Runtime;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>So many tasks of .NET's thread pool that call a server, each one call after another.</summary>
/// <remarks>Measured as by <see cref="CallLoad"/>. The pool's threads are let go wherever the process may run.</remarks>
internal sealed class PoolLoad(EndpointCap server, int concurrency, DoorbellCounter doorbells)
{
    private static readonly byte[] s_payload = new byte[sizeof(ulong)];

    private int _started;
    private long _wanted;
    private long _counted;
    private long _made;
    private long _startedAt;
    private long _bytesAtStart;
    private Measured _measured;

    /// <summary>Makes and measures calls.</summary>
    /// <param name="calls">How many to measure.</param>
    public async ValueTask<Measured> RunAsync(long calls)
    {
        (_started, _wanted, _counted, _made) = (0, calls, 0, 0);
        Counts before = await Counts.OfServerAsync(server);
        long rungBefore = doorbells.Read();
        var tasks = new Task[concurrency];
        for (int i = 0; i < concurrency; i++)
            tasks[i] = Task.Run(CallAsync);
        await Task.WhenAll(tasks);
        long rung = doorbells.Read() - rungBefore;
        Counts ofServer = await Counts.OfServerAsync(server) - before;
        // These counts are of all calls, so they go in by their share.
        double share = _measured.Calls / _made;
        return _measured with
        {
            Doorbells = (rung + ofServer.Doorbells) * share,
            AllocatedBytes = _measured.AllocatedBytes + (ofServer.AllocatedBytes * share),
        };
    }

    private async Task CallAsync()
    {
        BenchmarkTask.Unpin();
        using (await server.CallAsync(label: 0, s_payload))
            Interlocked.Increment(ref _made);
        if (Interlocked.Increment(ref _started) == concurrency)
        {
            _bytesAtStart = GC.GetTotalAllocatedBytes(precise: true);
            _startedAt = Stopwatch.GetTimestamp();
        }

        while (Volatile.Read(ref _counted) < _wanted)
        {
            using (await server.CallAsync(label: 0, s_payload))
            {
            }

            Interlocked.Increment(ref _made);
            if (Volatile.Read(ref _started) == concurrency && Interlocked.Increment(ref _counted) == _wanted)
            {
                TimeSpan elapsed = Stopwatch.GetElapsedTime(_startedAt);
                _measured = new Measured(elapsed, _wanted, GC.GetTotalAllocatedBytes(precise: true) - _bytesAtStart, 0);
            }
        }
    }
}
