using System.Buffers.Binary;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;
using Rel4.Samples.Kv;
using Rel4.Samples.Kv.Audit;
using Rel4.Samples.Kv.Protocol;
using Rel4.Samples.Kv.Store;

namespace Rel4.Kv.Tests.Service;

/// <summary>Can a gateway that somebody has taken over end the store?</summary>
[Collection(nameof(OneKernel))]
public sealed class CompromisedGatewayTests
{
    private const int LongValue = 2 << 20;
    private const string Done = "the store is there";

    [Fact]
    public async Task Reply_LongerThanTheGatewayTakes_EndsNotTheStore()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint("requests"), writes = builder.AddEndpoint("writes");
        NotificationDefinition written = builder.AddNotification("written");
        builder.AddTask("gateway", AskForMoreThanItTakes).Grant("store", requests, CapRights.Write | CapRights.Grant, badge: 1);
        builder.AddTask("store", StoreTask.Run)
            .Environment(KvSettings.IpcVariable, $"{KvIpc.Async}")
            .Grant("requests", requests, CapRights.Read | CapRights.Grant)
            .Grant("audit", writes, CapRights.Write | CapRights.Grant, badge: 1)
            .Grant("written", written, CapRights.Write, badge: 1);
        builder.AddTask("audit", AuditTask.Run)
            .Environment(KvSettings.IpcVariable, $"{KvIpc.Async}")
            .Environment(KvSettings.AuditVariable, "summary")
            .Grant("writes", writes, CapRights.Read | CapRights.Grant)
            .Grant("written", written, CapRights.Read);
        await using KvService service = await KvService.StartAsync(builder.Build());

        await service.HoldsAsync(() => service.LinesOf("gateway").Contains(Done));
    }

    private static void AskForMoreThanItTakes()
    {
        ReL4.MemoryPerPeer = ReL4.LeastMemoryPerPeer;
        // For whoever waits until a gateway is there.
        Console.WriteLine("listening on 127.0.0.1:0");
        ReL4.Run(async () =>
        {
            EndpointCap store = TaskContext.Endpoint("store");
            (await store.CallAsync(0, Request(StoreOperation.Set, "small"u8, "x"u8))).Dispose();
            (await store.CallAsync(0, Request(StoreOperation.Set, "long"u8, new byte[LongValue]))).Dispose();
            try
            {
                (await store.CallAsync(0, Request(StoreOperation.Get, "long"u8))).Dispose();
                Console.WriteLine("the reply came");
            }
            catch (ReplyAbandonedException)
            {
                using IpcResponse small = await store.CallAsync(0, Request(StoreOperation.Get, "small"u8));
                if (small.Payload.Contains((byte)'x'))
                    Console.WriteLine(Done);
            }
        });
    }

    private static byte[] Request(StoreOperation operation, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value = default)
    {
        bool hasValue = !value.IsEmpty;
        byte[] request = new byte[StoreRequest.HeaderSize + sizeof(int) + key.Length + (hasValue ? sizeof(int) + value.Length : 0)];
        BinaryPrimitives.WriteInt32LittleEndian(request, request.Length);
        request[4] = (byte)operation;
        request[16] = (byte)(hasValue ? 2 : 1);
        Span<byte> words = request.AsSpan(StoreRequest.HeaderSize);
        BinaryPrimitives.WriteInt32LittleEndian(words, key.Length);
        key.CopyTo(words[sizeof(int)..]);
        if (hasValue)
        {
            BinaryPrimitives.WriteInt32LittleEndian(words[(sizeof(int) + key.Length)..], value.Length);
            value.CopyTo(words[(sizeof(int) + key.Length + sizeof(int))..]);
        }

        return request;
    }
}
