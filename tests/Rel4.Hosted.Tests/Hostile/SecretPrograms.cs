using System.Buffers;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds a client that tells a server secrets, and code that would see them by memory that was lent again.</summary>
internal static class SecretPrograms
{
    /// <summary>The name of what is signalled once the secrets are told.</summary>
    public const string Told = "told";

    private const int Rounds = 50;

    /// <summary>The first six bytes of each word of a secret.</summary>
    private const ulong Secret = 0x5345_4352_4554;

    /// <summary>Replies to a label other than 0 with a place of which only the first byte is written.</summary>
    public static void ReplyInPart() => ReL4.Run(static async () =>
    {
        await foreach (IpcRequest request in AsyncSystem.Endpoint.ReceiveAllAsync())
        {
            if (request.Label == 0)
                await request.ReplyAsync(0);
            else
                await request.ReplyAsync(0, 64, 0, static (place, _) => place[0] = 0);
        }
    });

    public static void Tell()
    {
        for (int i = 0; i < Rounds; i++)
            CallWith(0);
        TaskContext.Notification(Told).Signal();
    }

    public static void Ask()
    {
        TaskContext.Notification(Told).Wait();
        int leaks = 0;
        ulong seen = 0;
        for (int i = 0; i < Rounds; i++)
        {
            ReceivedMessage reply = AsyncSystem.Endpoint.Call(1);
            if (reply[1] >> 16 == Secret)
                (leaks, seen) = (leaks + 1, reply[1]);
        }

        Console.WriteLine($"{leaks} replies have another's words ({seen:x})");
    }

    /// <summary>Keeps a span of a request over its reply, and borrows and fills an array of its length, as the next caller's copy was.</summary>
    public static void LookAfterTheReply() => ReL4.Run(static async () =>
    {
        int seen = 0;
        for (int i = 0; i < Rounds; i++)
        {
            await foreach (IpcRequest request in AsyncSystem.Endpoint.ReceiveAllAsync())
            {
                seen += SeesAnother(request) ? 1 : 0;
                break;
            }
        }

        Console.WriteLine($"{seen} of {Rounds} saw another's words");
    });

    /// <summary>Makes the calls that <see cref="LookAfterTheReply"/> answers.</summary>
    public static void CallInTurn()
    {
        for (int i = 0; i < Rounds; i++)
            CallWith(0);
    }

    private static bool SeesAnother(IpcRequest request)
    {
        ReadOnlySpan<byte> payload = request.Payload;
        byte first = payload[0];
        _ = request.ReplyAsync(0).AsTask();
        byte[] next = ArrayPool<byte>.Shared.Rent(payload.Length);
        next.AsSpan().Fill((byte)~first);
        bool sees = payload[0] != first;
        ArrayPool<byte>.Shared.Return(next);
        return sees;
    }

    private static void CallWith(ulong label) =>
        AsyncSystem.Endpoint.Call(label, 0, (Secret << 16) | 1, (Secret << 16) | 2, (Secret << 16) | 3, 5, 6, 7);
}
