using System.Diagnostics;
using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;
using Rel4.Runtime.Channels;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Holds tasks that are killed, and those that watch what becomes of their peers.</summary>
internal static class DeathPrograms
{
    public const int Victims = 5;
    public const string Number = "NUMBER", Gate = "gate";

    private const int Reconnects = 100;

    /// <summary>Lets the victims begin, and writes again and again what the server holds.</summary>
    public static void Observe() => ReL4.Run(async () =>
    {
        AsyncMachine machine = AsyncMachine.Current;
        // What the server makes once and keeps is no part of what is left: each bit of its doorbell has a capability, and counting opens something itself.
        await ReconnectAsync(machine, Doorbells.Count + 1);
        await AwaitOneChannelAsync();
        await WriteHoldingsAsync("first");
        await WriteHoldingsAsync("before");
        for (int i = 0; i < Victims; i++)
            TaskContext.Notification(string.Create(CultureInfo.InvariantCulture, $"{Gate}{i}")).Signal();
        while (true)
        {
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(50));
            // Who died between the two calls of an opening is forgotten when the next comes.
            await ReconnectAsync(machine, 1);
            await WriteHoldingsAsync("now");
        }
    });

    /// <summary>Does what it is to be killed in.</summary>
    public static void Victim()
    {
        int number = int.Parse(Environment.GetEnvironmentVariable(Number)!, CultureInfo.InvariantCulture);
        TaskContext.Notification(string.Create(CultureInfo.InvariantCulture, $"{Gate}{number}")).Wait();
        if (number == 0)
            OpenForEver();
        ReL4.Run(async () =>
        {
            using (await AsyncSystem.Endpoint.CallAsync(0))
            {
            }

            Console.WriteLine("alive");
            switch (number)
            {
                case 1:
                    await RepeatAsync(1, (ushort)Order.Checksum, new byte[32 << 20]);
                    break;
                case 2:
                    await RepeatAsync(2000, (ushort)Order.Echo, new byte[32]);
                    break;
                case 3:
                    await RepeatAsync(2000, (ushort)Order.Drop, new byte[3000]);
                    break;
                default:
                    await RepeatAsync(16, (ushort)Order.Echo, new byte[1 << 20]);
                    break;
            }
        });
    }

    /// <summary>Opens channels and closes them, some with records that nobody has read, and writes what that leaves at both ends.</summary>
    public static void Reconnect()
    {
        MachineUser.MakeWaitingThreads();
        ReL4.Run(ReconnectAndCountAsync);
    }

    private static async ValueTask ReconnectAndCountAsync()
    {
        AsyncMachine machine = AsyncMachine.Current;
        // Each bit of a doorbell has a capability of its own, which is made once.
        await ReconnectAsync(machine, Doorbells.Count + 1);
        await AwaitOneChannelAsync();
        // What counting opens for the first time is no part of it.
        _ = ProcessHoldings.Measure();
        await WriteHoldingsAsync("first");
        ProcessHoldings own = ProcessHoldings.Measure();
        await WriteHoldingsAsync("before");
        await ReconnectAsync(machine, Reconnects);
        await AwaitOneChannelAsync();
        while (true)
        {
            ProcessHoldings now = ProcessHoldings.Measure();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"own {now.Descriptors - own.Descriptors} {now.Mappings - own.Mappings} {now.Slots - own.Slots}"));
            await WriteHoldingsAsync("now");
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    /// <summary>Waits for replies that will not come, and writes when it knows.</summary>
    public static void Await() => ReL4.Run(async () =>
    {
        var calls = new List<Task>();
        for (int i = 0; i < 1000; i++)
            calls.Add(ExpectEndAsync());
        using (await AsyncSystem.Endpoint.CallAsync(0))
        {
        }

        Console.WriteLine("pending");
        foreach (Task call in calls)
            await call;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"told {Stopwatch.GetTimestamp()}"));

        static async Task ExpectEndAsync()
        {
            try
            {
                (await AsyncSystem.Endpoint.CallAsync((ushort)Order.Hold)).Dispose();
                throw new InvalidOperationException("was answered");
            }
            catch (ChannelEndedException closed) when (closed.Reason == ChannelEndReason.PeerEnded)
            {
            }
        }
    });

    /// <summary>Has a channel, and nothing to do.</summary>
    public static void Idle() => ReL4.Run(async () =>
    {
        using (await AsyncSystem.Endpoint.CallAsync(0))
        {
        }

        Console.WriteLine("open");
        await Executor.Current!.Delay(Timeout.InfiniteTimeSpan);
    });

    private static void OpenForEver()
    {
        AsyncMachine machine = AsyncMachine.Current;
        Doorbells doorbells = machine.Threads.Invoke(() => Doorbells.Make(machine));
        Console.WriteLine("alive");
        while (true)
        {
            (ChannelEnd end, ChannelParts parts) = new ChannelOpener(machine, AsyncSystem.Endpoint, doorbells).Open();
            end.Dispose();
            parts.Dispose();
        }
    }

    private static async Task RepeatAsync(int count, ushort label, byte[] payload)
    {
        for (int i = 1; i < count; i++)
            Executor.Current!.Spawn(RepeatOneAsync);
        await RepeatOneAsync();

        async ValueTask RepeatOneAsync()
        {
            while (true)
            {
                try
                {
                    (await AsyncSystem.Endpoint.CallAsync(label, payload)).Dispose();
                }
                catch (ReplyAbandonedException)
                {
                }
            }
        }
    }

    private static async Task ReconnectAsync(AsyncMachine machine, int times)
    {
        Doorbells doorbells = TaskRuntime.Current!.Doorbells;
        var done = new TaskCompletionSource();
        machine.Threads.PostBlocking(_ =>
        {
            try
            {
                for (int i = 0; i < times; i++)
                {
                    (ChannelEnd end, ChannelParts parts) = new ChannelOpener(machine, AsyncSystem.Endpoint, doorbells).Open();
                    end.TryWrite(RecordKind.Call, 1, (ushort)Order.Echo, new byte[100]);
                    if (i % 3 != 0)
                        end.Flush();
                    end.Dispose();
                    parts.Dispose();
                }

                done.SetResult();
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        });
        await done.Task;
        // What closing has left to the steward is done before this.
        _ = machine.Threads.Invoke(() => 0);
    }

    private static async Task AwaitOneChannelAsync()
    {
        for (long channels = 0; channels != 1;)
        {
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(20));
            using IpcResponse open = await AsyncSystem.Endpoint.CallAsync((ushort)Order.Metric, "rel4.channels"u8.ToArray());
            channels = BitConverter.ToInt64(open.Payload);
        }
    }

    private static async Task WriteHoldingsAsync(string when)
    {
        using IpcResponse channels = await AsyncSystem.Endpoint.CallAsync((ushort)Order.Metric, "rel4.channels"u8.ToArray());
        using IpcResponse response = await AsyncSystem.Endpoint.CallAsync((ushort)Order.Holdings);
        ProcessHoldings server = ProcessHoldings.Of(response.Payload);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{when} channels {BitConverter.ToInt64(channels.Payload)} descriptors {server.Descriptors} mappings {server.Mappings} slots {server.Slots} memory {server.Memory >> 20}"));
    }
}
