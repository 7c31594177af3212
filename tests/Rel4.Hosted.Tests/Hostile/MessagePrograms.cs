using System.Runtime.CompilerServices;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds clients and a server that misuse the messages they have received, each in its own way.</summary>
internal static class MessagePrograms
{
    /// <summary>More than a ring holds of the shortest messages.</summary>
    private const int MoreThanARing = 20_000;

    private static readonly EndpointCap s_service = AsyncSystem.Endpoint;

    private enum Manner : ushort
    {
        Using,
        OtherThread,
        Forget,
        Collect,
        UseAfterEnd,
        EndInsideItsReply,
        Keep,
        ReplyTwiceElsewhere,
    }

    /// <summary>Serves, and handles each request in the manner that its label says.</summary>
    public static void Serve() => ReL4.Run(async () =>
    {
        var kept = new List<IpcRequest>();
        await foreach (IpcRequest request in s_service.ReceiveAllAsync())
        {
            switch ((Manner)request.Label)
            {
                case Manner.Using:
                    using (request)
                        await request.ReplyAsync(0, request.Payload);
                    break;
                case Manner.OtherThread:
                    _ = Task.Run(() => ReplyElsewhereAsync(request));
                    break;
                case Manner.ReplyTwiceElsewhere:
                    Say("twice elsewhere", await Task.Run(() => ReplyTwice(request)));
                    break;
                case Manner.Forget:
                    break;
                case Manner.Collect:
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    await request.ReplyAsync(0);
                    break;
                case Manner.UseAfterEnd:
                    await request.ReplyAsync(0);
                    request.Dispose();
                    request.Dispose();
                    Say("reply twice", Refusal(() => _ = request.ReplyAsync(0).AsTask()));
                    Say("payload after the end", Refusal(() => _ = request.Payload.Length));
                    Say("label after the end", Refusal(() => _ = request.Label));
                    Say("badge after the end", Refusal(() => _ = request.Badge));
                    Say("no request", Refusal(() => _ = default(IpcRequest).Payload.Length));
                    default(IpcRequest).Dispose();
                    break;
                case Manner.EndInsideItsReply:
                    Say("end inside of its reply", Refusal(() => _ = request.ReplyAsync(0, 10, request, static (place, request) =>
                    {
                        place.Fill(1);
                        request.Dispose();
                    }).AsTask()));
                    break;
                default:
                    kept.Add(request);
                    break;
            }
        }
    });

    /// <summary>Has requests ended twice, on other threads, and used after their end, all while it checks what it gets.</summary>
    public static void Call() => ReL4.Run(async () =>
    {
        await CheckEchoesAsync(Manner.Using, 2000, 100);
        await CheckEchoesAsync(Manner.Using, 60, 300_000);
        await CheckEchoesAsync(Manner.OtherThread, 2000, 100);
        await CheckEchoesAsync(Manner.OtherThread, 60, 300_000);
        Say("after the end", await OutcomeAsync(Manner.UseAfterEnd));
        Say("ended inside", await OutcomeAsync(Manner.EndInsideItsReply));
        Say("twice", await OutcomeAsync(Manner.ReplyTwiceElsewhere));
        await CheckEchoesAsync(Manner.Using, 100, 50);
        Console.WriteLine("all came as they were sent");
    });

    /// <summary>Ends long responses twice, then has two others at the same time.</summary>
    public static void EndTwice() => ReL4.Run(async () =>
    {
        const int Long = 300_000;
        IpcResponse first = await s_service.CallAsync(0, Filled(Long, 1));
        first.Dispose();
        first.Dispose();
        Say("after the end", Refusal(() => _ = first.Payload.Length));
        Say("label after the end", Refusal(() => _ = first.Label));
        Say("no response", Refusal(() => _ = default(IpcResponse).Payload.Length));
        using IpcResponse second = await s_service.CallAsync(0, Filled(Long, 2));
        using IpcResponse third = await s_service.CallAsync(0, Filled(Long, 3));
        first.Dispose();
        Console.WriteLine($"{second.Payload[0]} {second.Payload[^1]} {third.Payload[0]} {third.Payload[^1]}");
    });

    /// <summary>Looks at a long response in the same method after its end: wrong, and no more than that.</summary>
    public static void LookAfterTheEnd() => ReL4.Run(async () =>
    {
        IpcResponse response = await s_service.CallAsync(0, Filled(8 << 20, 1));
        Console.WriteLine($"{Look(response)} bytes are there");

        static int Look(IpcResponse response)
        {
            ReadOnlySpan<byte> payload = response.Payload;
            response.Dispose();
            return payload.Length - payload.Count((byte)0);
        }
    });

    /// <summary>Writes to the channel while it writes to the channel.</summary>
    public static void WriteInside() => ReL4.Run(async () =>
    {
        for (int i = 0; i < 200; i++)
        {
            ValueTask<IpcResponse> inner = default;
            ValueTask<IpcResponse> outer = s_service.CallAsync(0, 500, 0, (place, _) =>
            {
                place[..250].Fill(1);
                inner = s_service.CallAsync(0, Filled(100, 2));
                place[250..].Fill(1);
            });
            await CheckAsync(outer, 500, 1);
            await CheckAsync(inner, 100, 2);
            try
            {
                _ = s_service.CallAsync(0, 500, 0, (place, _) =>
                {
                    place.Fill(3);
                    inner = s_service.CallAsync(0, Filled(100, 4));
                    throw new FormatException();
                }).AsTask();
                Console.WriteLine("the exception is lost");
            }
            catch (FormatException)
            {
            }

            await CheckAsync(inner, 100, 4);
        }

        Console.WriteLine("both came as they were sent");
    });

    /// <summary>Has one request kept, keeps one response, and makes more calls than a ring holds records.</summary>
    public static void CallPastWhatIsKept() => ReL4.Run(async () =>
    {
        Task<string> unanswered = OutcomeAsync((Manner)Order.Hold).AsTask();
        using IpcResponse kept = await s_service.CallAsync(0, Filled(40, 7));
        for (int i = 0; i < MoreThanARing; i++)
            await CheckAsync(s_service.CallAsync(0, Filled(8, (byte)i)), 8, (byte)i);
        Console.WriteLine($"{kept.Payload.Count((byte)7)} {unanswered.IsCompleted} {Metrics.Total("rel4.messages.moved_out")}");
        using IpcResponse moved = await s_service.CallAsync((ushort)Order.Metric, "rel4.messages.moved_out"u8.ToArray());
        Console.WriteLine($"server {BitConverter.ToInt64(moved.Payload)}");
    });

    /// <summary>Forgets every response, of more bytes in all than the server may have lying here.</summary>
    public static void ForgetResponses()
    {
        ReL4.MemoryPerPeer = ReL4.LeastMemoryPerPeer;
        ReL4.Run(async () =>
        {
            byte[] message = Filled(4000, 9);
            for (int i = 0; i < 3000; i++)
                _ = await s_service.CallAsync(0, message);
            Console.WriteLine($"forgotten {Metrics.Total("rel4.messages.forgotten")}");
        });
    }

    /// <summary>Has a request forgotten, and then found.</summary>
    public static void BeForgotten() => ReL4.Run(async () =>
    {
        Task<string> forgotten = OutcomeAsync(Manner.Forget).AsTask();
        while (!forgotten.IsCompleted)
        {
            await OutcomeAsync(Manner.Collect);
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(5));
        }

        Say("forgotten", await forgotten);
    });

    /// <summary>Raises its limit after the first call, and makes a call whose answer is longer than the first one.</summary>
    public static void RaiseLate()
    {
        ReL4.MemoryPerPeer = ReL4.LeastMemoryPerPeer;
        ReL4.Run(async () =>
        {
            await CheckAsync(s_service.CallAsync(0, Filled(10, 1)), 10, 1);
            ReL4.MemoryPerPeer = 8 << 20;
            Say("late", await MessageOfAsync(s_service.CallAsync((ushort)Order.Fill, BitConverter.GetBytes(2 << 20))));
        });
    }

    private static async Task<string> MessageOfAsync(ValueTask<IpcResponse> call)
    {
        try
        {
            using IpcResponse response = await call;
            return $"{response.Length} bytes";
        }
        catch (ReplyAbandonedException refused)
        {
            return refused.Message;
        }
    }

    /// <summary>Takes less than the server would reply with, and calls on after that.</summary>
    public static void TakeLittle()
    {
        ReL4.MemoryPerPeer = ReL4.LeastMemoryPerPeer;
        ReL4.Run(async () =>
        {
            try
            {
                (await s_service.CallAsync((ushort)Order.Fill, BitConverter.GetBytes(2 << 20))).Dispose();
            }
            catch (ReplyAbandonedException refused)
            {
                Console.WriteLine(refused.Message);
            }

            await CheckAsync(s_service.CallAsync(0, Filled(10, 1)), 10, 1);
            using IpcResponse counted = await s_service.CallAsync((ushort)Order.Metric, "rel4.replies.refused"u8.ToArray());
            Console.WriteLine($"refused {BitConverter.ToInt64(counted.Payload)}");
        });
    }

    private static async Task ReplyElsewhereAsync(IpcRequest request)
    {
        await Task.Yield();
        using (request)
            await request.ReplyAsync(0, request.Payload);
    }

    private static string ReplyTwice(IpcRequest request)
    {
        _ = request.ReplyAsync(0, request.Payload).AsTask();
        request.Dispose();
        return Refusal(() => _ = request.ReplyAsync(1).AsTask());
    }

    private static async Task CheckEchoesAsync(Manner manner, int calls, int length)
    {
        const int AtOnce = 20;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async first =>
        {
            for (int i = first; i < calls; i += AtOnce)
                await CheckAsync(s_service.CallAsync((ushort)manner, Filled(length, (byte)i)), length, (byte)i);
        }));
    }

    private static async Task CheckAsync(ValueTask<IpcResponse> call, int length, byte content)
    {
        using IpcResponse response = await call;
        if (response.Length != length || response.Payload.ContainsAnyExcept(content))
            throw new InvalidOperationException($"{length} bytes of {content} came back as others");
    }

    private static async ValueTask<string> OutcomeAsync(Manner manner)
    {
        try
        {
            using IpcResponse response = await s_service.CallAsync((ushort)manner, Filled(10, 0));
            return $"{response.Label}";
        }
        catch (ReplyAbandonedException abandoned)
        {
            return abandoned.GetType().Name;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte[] Filled(int length, byte content)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill(content);
        return bytes;
    }

    private static string Refusal(Action action)
    {
        try
        {
            action();
            return "nothing";
        }
        catch (Exception refusal)
        {
            return refusal.GetType().Name;
        }
    }

    private static void Say(string what, string outcome) => Console.WriteLine($"{what}: {outcome}");
}
