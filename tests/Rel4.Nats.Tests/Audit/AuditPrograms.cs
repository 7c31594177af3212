using System.Buffers.Binary;
using System.Globalization;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Nats.Tests;

/// <summary>What tasks of the audit run.</summary>
internal static class AuditPrograms
{
    /// <summary>What a request begins with: its number, how long to pause in milliseconds, and the bytes of the reply.</summary>
    public const int HeaderBytes = 16;

    public const string Did = "did ";

    /// <summary>Writes down which numbers it carries out: what was written outlives it.</summary>
    public static void Serve() => ReL4.Run(async () =>
    {
        Executor executor = Executor.Current!;
        await foreach (IpcRequest request in TaskContext.Endpoint("requests").ReceiveAllAsync())
        {
            if (request.Label == Programs.Who)
                await request.ReplyAsync(Programs.Who);
            else
                executor.Spawn(CarryOutAsync, request);
        }
    });

    /// <summary>Asks for much, and reads nothing of it for a while.</summary>
    public static void Lazy() => ReL4.Run(async () =>
    {
        EndpointCap store = TaskContext.Endpoint("store");
        byte[] wish = Request(0, 0, 200_000, HeaderBytes);
        while (true)
        {
            CoTask<IpcResponse>[] calls = [.. Enumerable.Range(0, 100).Select(_ => store.CallAsync(Programs.Echo, wish))];
            await Executor.Current!.Yield();
            Thread.Sleep(3000);
            foreach (CoTask<IpcResponse> call in calls)
            {
                try
                {
                    (await call).Dispose();
                }
                catch (Rel4Exception)
                {
                }
            }
        }
    });

    /// <summary>Makes a request.</summary>
    public static byte[] Request(long number, int pauseMs, int replyLength, int length)
    {
        byte[] request = new byte[length];
        BinaryPrimitives.WriteInt64LittleEndian(request, number);
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(8), pauseMs);
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(12), replyLength);
        request.AsSpan(HeaderBytes).Fill((byte)number);
        return request;
    }

    /// <summary>Gets whether a reply is that to a request.</summary>
    public static bool IsReplyTo(long number, int replyLength, ReadOnlySpan<byte> reply) =>
        reply.Length == replyLength && BinaryPrimitives.ReadInt64LittleEndian(reply) == number && reply[8..].IndexOfAnyExcept((byte)number) < 0;

    private static async ValueTask CarryOutAsync(IpcRequest request)
    {
        (long number, int pauseMs, int replyLength, bool isWhole) = Read(request.Payload);
        if (!isWhole)
            Environment.FailFast("A request came that nobody sent.");
        if (number != 0)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Did}{number}"));
        if (pauseMs > 0)
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(pauseMs));
        byte[] reply = new byte[replyLength];
        reply.AsSpan().Fill((byte)number);
        BinaryPrimitives.WriteInt64LittleEndian(reply, number);
        await request.ReplyAsync(request.Label, reply);
    }

    private static (long Number, int PauseMs, int ReplyLength, bool IsWhole) Read(ReadOnlySpan<byte> payload)
    {
        long number = BinaryPrimitives.ReadInt64LittleEndian(payload);
        return (
            number,
            BinaryPrimitives.ReadInt32LittleEndian(payload[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(payload[12..]),
            payload[HeaderBytes..].IndexOfAnyExcept((byte)number) < 0);
    }
}
