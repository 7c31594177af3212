using System.Diagnostics;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds a server that answers when it is told to, a client that has more under way than it may, and one that looks on.</summary>
internal static class UnderWayPrograms
{
    /// <summary>How many requests a client may have under way at a server with the least memory for each.</summary>
    public const int Most = 64;

    public const int Asked = 300;

    /// <summary>Of so many bytes that not all of them find room in a ring.</summary>
    private const int ReplyLength = 4000;

    private const int Looks = 100;
    private const ulong Asker = 1;

    private enum Word : ushort
    {
        Ask,
        Count,
        Answer,
    }

    /// <summary>Keeps what the asker wants until the other client says that it may be answered.</summary>
    public static void Serve()
    {
        ReL4.MemoryPerPeer = ReL4.LeastMemoryPerPeer;
        ReL4.Run(static async () =>
        {
            var kept = new List<IpcRequest>();
            bool answers = false;
            int count = 0;
            await foreach (IpcRequest request in AsyncSystem.Endpoint.ReceiveAllAsync())
            {
                if (request.Badge != Asker)
                {
                    answers |= request.Label == (ushort)Word.Answer;
                    await request.ReplyAsync(0, BitConverter.GetBytes(count));
                }
                else
                {
                    kept.Add(request);
                    count++;
                }

                for (; answers && kept.Count != 0; kept.RemoveAt(0))
                    await kept[0].ReplyAsync(0, ReplyTo(kept[0].Payload[0]));
            }
        });
    }

    /// <summary>Calls, reads nothing until all is asked for, and checks what comes.</summary>
    public static void Ask() => ReL4.Run(static async () =>
    {
        CoTask<IpcResponse>[] calls = [.. Enumerable.Range(0, Asked).Select(static number => AsyncSystem.Endpoint.CallAsync((ushort)Word.Ask, new[] { (byte)number }))];
        for (int number = 0; number < calls.Length; number++)
        {
            using IpcResponse reply = await calls[number];
            if (!reply.Payload.SequenceEqual(ReplyTo((byte)number)))
                throw new InvalidOperationException($"the reply to {number} is another");
        }

        Console.WriteLine("all answered");
    });

    /// <summary>Sends, and ends.</summary>
    public static void SendAndExit() => ReL4.Run(SendAsync);

    /// <summary>Sends, and is gone at once.</summary>
    public static void SendAndDie() => ReL4.Run(static async () =>
    {
        await SendAsync();
        Process.GetCurrentProcess().Kill();
    });

    /// <summary>Sees how many requests the server has taken of the asker's, lets it answer them, and sees that it takes the rest.</summary>
    public static void LookOn() => ReL4.Run(static async () =>
    {
        while (await TellAsync(Word.Count) < Most)
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(1));
        // Whoever is let in late is let in by then.
        for (int look = 0; look < Looks; look++)
        {
            await TellAsync(Word.Count);
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(1));
        }

        Console.WriteLine($"{await TellAsync(Word.Answer)} under way");
        while (await TellAsync(Word.Count) < Asked)
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(1));
        Console.WriteLine("all taken");
    });

    private static async ValueTask SendAsync()
    {
        for (int number = 0; number < Asked; number++)
            await AsyncSystem.Endpoint.SendAsync((ushort)Word.Ask, new[] { (byte)number });
    }

    private static async ValueTask<int> TellAsync(Word word)
    {
        using IpcResponse reply = await AsyncSystem.Endpoint.CallAsync((ushort)word);
        return BitConverter.ToInt32(reply.Payload);
    }

    private static byte[] ReplyTo(byte number)
    {
        byte[] reply = new byte[ReplyLength];
        reply.AsSpan().Fill(number);
        return reply;
    }
}
