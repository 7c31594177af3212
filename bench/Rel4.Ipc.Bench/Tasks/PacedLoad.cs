using System.Diagnostics;
using Rel4.Runtime;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Is coroutines that call a server by a schedule: one that watches the time, and as many as calls may be under way.</summary>
internal sealed class PacedLoad(Endpoint server, int concurrency, Schedule schedule)
{
    private static readonly byte[] s_payload = new byte[sizeof(ulong)];

    private readonly CoroutineId[] _callers = new CoroutineId[concurrency];
    private readonly long[] _dueOf = new long[concurrency];
    private readonly Stack<int> _idle = new(concurrency);
    private bool _isOver;

    /// <summary>Makes a round's calls.</summary>
    public async ValueTask RunAsync()
    {
        Executor executor = Executor.Current!;
        _isOver = false;
        _idle.Clear();
        for (int i = 0; i < concurrency; i++)
            _callers[i] = executor.Spawn(static caller => caller.Load.CallWhenDueAsync(caller.Index), (Load: this, Index: i));
        while (_idle.Count < concurrency)
            await executor.Yield();
        schedule.Begin();
        for (long call = 0; call < schedule.Count; call++)
        {
            long due = schedule.DueOf(call);
            while (_idle.Count == 0 || Stopwatch.GetTimestamp() < due)
                await executor.Yield();
            int caller = _idle.Pop();
            _dueOf[caller] = due;
            executor.Wake(_callers[caller]);
        }

        while (_idle.Count < concurrency)
            await executor.Yield();
        _isOver = true;
        foreach (CoroutineId caller in _callers)
        {
            executor.Wake(caller);
            await executor.Join(caller);
        }
    }

    private async ValueTask CallWhenDueAsync(int caller)
    {
        while (true)
        {
            _idle.Push(caller);
            await Executor.Current!.Suspend();
            if (_isOver)
                return;
            using (await server.CallAsync(label: 0, s_payload))
                schedule.Record(_dueOf[caller], Stopwatch.GetTimestamp());
        }
    }
}
