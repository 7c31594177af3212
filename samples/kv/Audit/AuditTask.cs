using System.Diagnostics;
using System.Runtime.InteropServices;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Samples.Kv.Audit;

/// <summary>Is the task that hears of every change, and can change nothing.</summary>
internal static class AuditTask
{
    /// <summary>Names the environment variable with the <see cref="AuditDetail"/>.</summary>
    public const string DetailVariable = "KV_AUDIT";

    private static readonly TimeSpan SummaryInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs for ever.</summary>
    public static void Run()
    {
        var detail = Enum.Parse<AuditDetail>(Environment.GetEnvironmentVariable(DetailVariable) ?? nameof(AuditDetail.Summary), true);
        var log = new AuditLog(Console.Out, detail);
        Endpoint writes = TaskContext.Endpoint("writes");
        Notification written = TaskContext.Notification("written");
        long last = 0;
        while (true)
        {
            log.Take(MemoryMarshal.AsBytes(writes.Receive().Words));
            if (written.Poll() == 0 || Stopwatch.GetElapsedTime(last) < SummaryInterval)
                continue;
            log.Summarize();
            last = Stopwatch.GetTimestamp();
        }
    }
}
