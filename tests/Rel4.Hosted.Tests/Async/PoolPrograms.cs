using System.Runtime.CompilerServices;
using System.Text;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Calls from threads that have no executor, all that there are.</summary>
internal static class PoolPrograms
{
    private const int Callers = 64, CallsOfEach = 20;

    /// <summary>Blocks every thread of the pool by calls, and one more by a call that has a limit and is never answered.</summary>
    public static void BlockThePool()
    {
        // No thread is left for anybody's continuation, nor will there be one.
        ThreadPool.SetMinThreads(Environment.ProcessorCount, Environment.ProcessorCount);
        ThreadPool.SetMaxThreads(Environment.ProcessorCount, Environment.ProcessorCount);
        Task<int>[] callers = [.. Enumerable.Range(0, Callers).Select(number => Task.Run(() => CallInTurn(number)))];
        string limit = "none";
        var limited = new Thread(() =>
            limit = Assert.ThrowsAny<Exception>(() => AsyncSystem.Endpoint.CallAsync((ushort)Order.Hold, default, TimeSpan.FromMilliseconds(300)).AsTask().GetAwaiter().GetResult()).GetType().Name);
        limited.Start();
        Task.WaitAll(callers);
        limited.Join();
        Console.WriteLine($"{callers.Sum(caller => caller.Result)} answered, {limit}");
    }

    /// <summary>Makes the process' first call with a value that flows, and looks whether it is kept.</summary>
    public static void FlowAway()
    {
        WeakReference carried = CallCarrying();
        for (int i = 0; i < 50 && carried.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(10);
        }

        Console.WriteLine(carried.IsAlive ? "kept" : "let go");
    }

    /// <summary>Calls from tasks of the pool, and counts what the process allocates when all have begun.</summary>
    public static void CallWithoutGarbage()
    {
        const int WarmUp = 4_000, Calls = 20_000;
        int counted = 0;
        long before = 0, after = 0;
        Task.WaitAll([.. Enumerable.Range(0, Callers).Select(_ => Task.Run(CallAsync))]);
        Console.WriteLine($"{(after - before) / Calls} bytes a call");

        async Task CallAsync()
        {
            byte[] payload = [1, 2, 3];
            while (true)
            {
                using (IpcResponse response = await AsyncSystem.Endpoint.CallAsync(0, payload))
                {
                    if (!response.Payload.SequenceEqual(payload))
                        throw new InvalidOperationException("another answer");
                }

                await AsyncSystem.Endpoint.SendAsync((ushort)Order.Note);
                int count = Interlocked.Increment(ref counted);
                if (count == WarmUp)
                    before = GC.GetTotalAllocatedBytes(precise: true);
                if (count == WarmUp + Calls)
                    after = GC.GetTotalAllocatedBytes(precise: true);
                if (count >= WarmUp + Calls)
                    return;
            }
        }
    }

    /// <summary>Uses responses after their end, and ends them elsewhere.</summary>
    public static void UseResponsesWrongly() => UseResponsesWronglyAsync().GetAwaiter().GetResult();

    /// <summary>Has many calls under way when the server ends.</summary>
    public static void OutliveServer()
    {
        // Begun in this order, so that all are under way when the last one comes.
        Task<string>[] pending = [.. Enumerable.Range(0, 500).Select(_ => EndOfAsync(Order.Hold))];
        Console.WriteLine(EndOfAsync(Order.Exit).GetAwaiter().GetResult());
        Console.WriteLine(string.Join(' ', Task.WhenAll(pending).GetAwaiter().GetResult().Distinct()));
        Console.WriteLine(EndOfAsync(Order.Echo).GetAwaiter().GetResult());
    }

    private static async Task<string> EndOfAsync(Order order)
    {
        try
        {
            (await AsyncSystem.Endpoint.CallAsync((ushort)order)).Dispose();
            return "answered";
        }
        catch (ChannelEndedException closed)
        {
            return closed.Reason.ToString();
        }
    }

    private static async Task UseResponsesWronglyAsync()
    {
        IpcResponse first = await AsyncSystem.Endpoint.CallAsync(0, "first"u8.ToArray());
        await Task.Run(first.Dispose);
        // In the place of the first.
        using IpcResponse second = await AsyncSystem.Endpoint.CallAsync(0, "second"u8.ToArray());
        first.Dispose();
        Console.WriteLine($"{Refusal(() => _ = first.Length)} {Refusal(() => _ = first.Payload)} {Refusal(() => _ = first.Label)}");
        Console.WriteLine(Encoding.UTF8.GetString(second.Payload));
        byte[] large = GC.AllocateUninitializedArray<byte>(1 << 20);
        new Random(1).NextBytes(large);
        using IpcResponse third = await AsyncSystem.Endpoint.CallAsync(0, large);
        Console.WriteLine($"{third.Payload.SequenceEqual(large)} {Encoding.UTF8.GetString(second.Payload)}");
    }

    private static string Refusal(Action action) => Record.Exception(action)?.GetType().Name ?? "none";

    /// <summary>Reads replies on another thread, which are copied for that, and looks whether the copies are kept.</summary>
    public static void ReadElsewhere() => ReL4.Run(static async () =>
    {
        const long Little = 1 << 20;
        byte[] payload = new byte[30_000];
        var replies = new List<IpcResponse>();
        await CallAndReadAsync(1);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await CallAndReadAsync(Callers);
        long kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine(kept < Little ? "not kept" : $"{kept} bytes kept");

        async ValueTask CallAndReadAsync(int count)
        {
            for (int i = 0; i < count; i++)
                replies.Add(await AsyncSystem.Endpoint.CallAsync((ushort)Order.Echo, payload));
            await Task.Run(() => replies.ForEach(reply => Assert.Equal(payload.Length, reply.Payload.Length)));
            replies.ForEach(reply => reply.Dispose());
            replies.Clear();
        }
    });

    private static int CallInTurn(int number)
    {
        for (int i = 0; i < CallsOfEach; i++)
        {
            using IpcResponse response = AsyncSystem.Endpoint.CallAsync(0, Encoding.UTF8.GetBytes($"{number} {i}")).AsTask().Result;
            if (Encoding.UTF8.GetString(response.Payload) != $"{number} {i}")
                throw new InvalidOperationException("another caller's answer");
        }

        return CallsOfEach;
    }

    // Apart, so that no local of its keeps anything alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference CallCarrying()
    {
        WeakReference? weak = null;
        var thread = new Thread(() =>
        {
            object carried = new();
            new AsyncLocal<object>().Value = carried;
            AsyncSystem.Endpoint.CallAsync(0).AsTask().Result.Dispose();
            weak = new WeakReference(carried);
        });
        thread.Start();
        thread.Join();
        return weak!;
    }
}
