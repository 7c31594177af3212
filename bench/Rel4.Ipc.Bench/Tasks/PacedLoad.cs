using System.Diagnostics;
using Rel4.Runtime;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Coroutines that call a server by a schedule: as many as calls may be under way, and one that wakes them in time.</summary>
internal sealed class PacedLoad(EndpointCap server, int concurrency)
{
    private static readonly byte[] s_payload = new byte[sizeof(ulong)];

    private readonly CoroutineId[] _callers = new CoroutineId[concurrency];
    private readonly Stack<int> _idle = new(concurrency);
    private Schedule _schedule = null!;
    private bool _isOver;

    /// <summary>Makes a round's calls.</summary>
    public async ValueTask RunAsync(Schedule schedule)
    {
        Executor executor = Executor.Current!;
        _schedule = schedule;
        _isOver = false;
        for (int i = 0; i < concurrency; i++)
            _callers[i] = executor.Spawn(static caller => caller.Load.CallWhenDueAsync(caller.Index), (Load: this, Index: i));
        await AllIdleAsync(executor);
        schedule.Begin();
        while (!schedule.IsOver)
        {
            for (long due = schedule.CountDue(); due > 0 && _idle.TryPop(out int caller); due--)
                executor.Wake(_callers[caller]);
            await executor.Yield();
        }

        await AllIdleAsync(executor);
        _isOver = true;
        foreach (CoroutineId caller in _callers)
        {
            executor.Wake(caller);
            await executor.Join(caller);
        }

        _idle.Clear();
    }

    private async ValueTask AllIdleAsync(Executor executor)
    {
        while (_idle.Count < concurrency)
            await executor.Yield();
    }

    private async ValueTask CallWhenDueAsync(int caller)
    {
        while (!_isOver)
        {
            // One look at the clock ends a call and begins the next: it costs a part of a call.
            for (long now = Stopwatch.GetTimestamp(); _schedule.TryTake(now, out long due); _schedule.Record(due, now))
            {
                using (await server.CallAsync(label: 0, s_payload))
                    now = Stopwatch.GetTimestamp();
            }

            _idle.Push(caller);
            await Executor.Current!.Suspend();
        }
    }
}
