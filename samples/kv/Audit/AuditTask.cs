using System.Diagnostics;
using System.Runtime.InteropServices;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Samples.Kv.Audit;

/// <summary>Is the task that hears of every change, and can change nothing.</summary>
internal sealed class AuditTask
{
    private static readonly TimeSpan s_summaryInterval = TimeSpan.FromMilliseconds(200);

    private readonly AuditLog _log = new(Console.Out, KvSettings.Detail);
    private readonly EndpointCap _writes = TaskContext.Endpoint("writes");
    private readonly NotificationCap _written = TaskContext.Notification("written");

    /// <summary>Runs until the process is asked to end.</summary>
    public static void Run()
    {
        if (KvSettings.Ipc == KvIpc.Sync)
            new AuditTask().Listen();
        else
            ReL4.Run(() => new AuditTask().ListenAsync());
    }

    private void Listen()
    {
        long last = 0;
        while (true)
        {
            _log.Take(MemoryMarshal.AsBytes(_writes.Receive().Words));
            if (_written.Poll() == 0 || Stopwatch.GetElapsedTime(last) < s_summaryInterval)
                continue;
            _log.Summarize();
            last = Stopwatch.GetTimestamp();
        }
    }

    private async ValueTask ListenAsync()
    {
        CoroutineId summaries = Executor.Current!.Spawn(SummarizeAsync);
        await foreach (IpcRequest message in _writes.ReceiveAllAsync())
        {
            _log.Take(message.Payload);
            message.Dispose();
            Executor.Current!.Wake(summaries);
        }
    }

    /// <summary>Tells how many changes there were, now and then. Signals that come meanwhile wait in the notification.</summary>
    private async ValueTask SummarizeAsync()
    {
        while (true)
        {
            await _written.WaitAsync();
            // The signal may be faster than the writes that it is about.
            while (!_log.HasNews)
                await Executor.Current!.Suspend();
            _log.Summarize();
            await Executor.Current!.Delay(s_summaryInterval);
        }
    }
}
