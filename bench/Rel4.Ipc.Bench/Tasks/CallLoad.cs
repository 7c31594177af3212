using System.Diagnostics;
using Rel4.Runtime;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Is so many coroutines that call a server, each one call after another.</summary>
/// <param name="server">Whom to call.</param>
/// <param name="concurrency">How many coroutines.</param>
/// <param name="label">The calls' label.</param>
/// <param name="doorbells">Counts this process' doorbells.</param>
/// <param name="typed">What is called instead, in the same server, by its contract; null for plain calls.</param>
/// <remarks>
/// What is measured begins when all have made a call and ends while all still call, so that concurrency is the same throughout, and what a
/// coroutine costs at its start is not counted with the calls.
/// </remarks>
internal sealed class CallLoad(EndpointCap server, int concurrency, ushort label, DoorbellCounter doorbells, IEcho? typed = null)
{
    private static readonly byte[] s_payload = new byte[sizeof(ulong)];

    private int _started;
    private long _wanted;
    private long _counted;
    private long _made;
    private long _startedAt;
    private Counts _countsAtStart;
    private Measured _measured;

    /// <summary>Makes and measures calls.</summary>
    /// <param name="calls">How many to measure.</param>
    public async ValueTask<Measured> RunAsync(long calls)
    {
        (_started, _wanted, _counted, _made) = (0, calls, 0, 0);
        Counts serverBefore = await Counts.OfServerAsync(server);
        Executor executor = Executor.Current!;
        var coroutines = new CoroutineId[concurrency];
        for (int i = 0; i < concurrency; i++)
            coroutines[i] = typed is null ? executor.Spawn(static async load => await load.CallAsync(), this) : executor.Spawn(static load => load.CallTypedAsync(typed: load.Typed!), this);
        foreach (CoroutineId coroutine in coroutines)
            await executor.Join(coroutine);
        Counts ofServer = await Counts.OfServerAsync(server) - serverBefore;
        // The server's counts are of all calls, so they go in by their share.
        double share = _measured.Calls / _made;
        return _measured with
        {
            Doorbells = _measured.Doorbells + (ofServer.Doorbells * share),
            AllocatedBytes = _measured.AllocatedBytes + (ofServer.AllocatedBytes * share),
        };
    }

    private async CoTask CallAsync()
    {
        await CallOnceAsync();
        Begin();

        while (_counted < _wanted)
        {
            // Written out, as a user would; CallOnceAsync would cost a state machine a call.
            using (await server.CallAsync(label, s_payload))
            {
            }

            Count();
        }
    }

    private IEcho? Typed => typed;

    private void Begin()
    {
        if (++_started == concurrency)
        {
            _countsAtStart = Counts.Read(doorbells);
            _startedAt = Stopwatch.GetTimestamp();
        }
    }

    private void Count()
    {
        _made++;
        if (_started == concurrency && ++_counted == _wanted)
        {
            TimeSpan elapsed = Stopwatch.GetElapsedTime(_startedAt);
            Counts counts = Counts.Read(doorbells) - _countsAtStart;
            _measured = new Measured(elapsed, _counted, counts.AllocatedBytes, counts.Doorbells);
        }
    }

    private async ValueTask CallTypedAsync(IEcho typed)
    {
        await typed.EchoAsync(1);
        _made++;
        Begin();
        while (_counted < _wanted)
        {
            await typed.EchoAsync(1);
            Count();
        }
    }

    private async CoTask CallOnceAsync()
    {
        using (await server.CallAsync(label, s_payload))
            _made++;
    }
}
