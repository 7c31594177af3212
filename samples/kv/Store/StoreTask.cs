using System.Buffers;
using System.Runtime.InteropServices;
using Rel4.Hosted.Composition;
using Rel4.Runtime;
using Rel4.Samples.Kv.Audit;
using Rel4.Samples.Kv.Protocol;

namespace Rel4.Samples.Kv.Store;

/// <summary>Is the task with the data: it has no network and no files, and answers whoever may call it.</summary>
internal sealed class StoreTask
{
    private readonly EndpointCap _requests = TaskContext.Endpoint("requests");
    private readonly WriteLog _writes = new();
    private readonly StoreEngine _engine;
    private readonly SyncTransfers _transfers;
    private readonly AuditClient _audit;

    private StoreTask()
    {
        _engine = new StoreEngine(TimeProvider.System, _writes);
        _transfers = new SyncTransfers(_engine);
        _audit = new AuditClient(TaskContext.Endpoint("audit"), TaskContext.Notification("written"), _writes);
    }

    /// <summary>Runs until the process is asked to end.</summary>
    public static void Run()
    {
        if (KvSettings.Ipc == KvIpc.Sync)
            new StoreTask().Serve();
        else
            RunAsynchronously();
    }

    private static void RunAsynchronously()
    {
        ReL4.MemoryPerPeer = StoreRequest.LongestMessage;
        ReL4.Run(() => new StoreTask().ServeAsync());
    }

    /// <summary>Serves synchronous callers, with no runtime between.</summary>
    private void Serve()
    {
        ReceivedMessage message = _requests.Receive();
        while (true)
        {
            ulong label = _transfers.Take(message.Badge, message.Label, message.Words, out ReadOnlySpan<ulong> reply);
            _audit.Tell();
            _engine.Sweep();
            message = _requests.ReplyReceive(label, reply);
        }
    }

    /// <summary>Serves callers of both kinds.</summary>
    private async ValueTask ServeAsync()
    {
        Executor.Current!.Spawn(_engine.SweepAsync);
        ArrayBufferWriter<byte> batch = new(), replies = new();
        await foreach (IpcRequest request in _requests.ReceiveAllAsync())
        {
            if (request.Label != (ushort)SyncStep.None)
            {
                ulong label = _transfers.Take(
                    request.Badge, request.Label, MemoryMarshal.Cast<byte, ulong>(request.Payload), out ReadOnlySpan<ulong> words);
                await request.ReplyAsync((ushort)label, MemoryMarshal.AsBytes(words));
            }
            else
            {
                // A copy, since the gateway could change what lies in its frame between the check of a length and its use.
                batch.Write(request.Payload);
                _engine.Execute(batch.WrittenSpan, replies);
                await request.ReplyAsync(0, replies.WrittenSpan);
                batch = batch.Renew();
                replies = replies.Renew();
            }

            await _audit.TellAsync();
        }
    }
}
