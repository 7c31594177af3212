using Rel4.Hosted.Composition;
using Rel4.Runtime;
using Rel4.Samples.Kv.Audit;

namespace Rel4.Samples.Kv.Store;

/// <summary>Is the task with the data: it has no network and no files, and answers who may call it.</summary>
internal static class StoreTask
{
    /// <summary>Runs for ever.</summary>
    public static void Run()
    {
        var writes = new WriteLog();
        var engine = new StoreEngine(TimeProvider.System, writes);
        var transfers = new SyncTransfers(engine);
        var audit = new AuditClient(TaskContext.Endpoint("audit"), TaskContext.Notification("written"), writes);
        Endpoint requests = TaskContext.Endpoint("requests");
        ReceivedMessage message = requests.Receive();
        while (true)
        {
            ulong label = transfers.Take(message.Badge, message.Label, message.Words, out ReadOnlySpan<ulong> reply);
            audit.Tell();
            engine.Sweep();
            message = requests.ReplyReceive(label, reply);
        }
    }
}
