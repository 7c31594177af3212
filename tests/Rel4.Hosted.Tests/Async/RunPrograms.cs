using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime;
using Rel4.Runtime.Channels;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Runs executors one after another.</summary>
internal static class RunPrograms
{
    private const int Runs = 20, MostEndpoints = 64, Ends = 30, Kept = 2000;

    /// <summary>Answers one request in each run.</summary>
    public static void Serve()
    {
        while (true)
        {
            ReL4.Run(async () =>
            {
                IpcRequest request = await AsyncSystem.Endpoint.ReceiveAsync();
                await request.ReplyAsync(request.Label, request.Payload);
                // Until the client has read the reply and closed the channel.
                await Executor.Current!.Delay(TimeSpan.FromMilliseconds(20));
            });
        }
    }

    /// <summary>Answers one request, then fails as a handler does that throws; the process goes on for a while, as one that writes a dump.</summary>
    public static void ServeOnceAndFail()
    {
        try
        {
            ReL4.Run(async () =>
            {
                IpcRequest request = await AsyncSystem.Endpoint.ReceiveAsync();
                await request.ReplyAsync(request.Label, request.Payload);
                await Executor.Current!.Delay(TimeSpan.FromMilliseconds(20));
                throw new InvalidOperationException("on purpose");
            });
        }
        catch (InvalidOperationException)
        {
            Thread.Sleep(Timeout.Infinite);
        }
    }

    /// <summary>Runs an executor on a thread that has one, and says what that has taken.</summary>
    public static void RunInsideOfARun() => ReL4.Run(static async () =>
    {
        using (await AsyncSystem.Endpoint.CallAsync((ushort)Order.Echo))
        {
        }

        ProcessHoldings before = ProcessHoldings.Measure();
        for (int i = 0; i < Runs; i++)
        {
            try
            {
                ReL4.Run(static () => ValueTask.CompletedTask);
                throw new NotSupportedException("a second executor");
            }
            catch (InvalidOperationException)
            {
                // There is one already.
            }
        }

        ProcessHoldings after = ProcessHoldings.Measure();
        Console.WriteLine(
            (after.Descriptors, after.Slots, after.Mappings) == (before.Descriptors, before.Slots, before.Mappings)
                ? "refused, nothing taken"
                : $"{before}, then {after}");
    });

    /// <summary>Answers as a second receiver does, which has not heard what the first one was told.</summary>
    public static void KnowNoTicket()
    {
        ReceivedMessage message = AsyncSystem.Endpoint.Receive();
        while (true)
            message = AsyncSystem.Endpoint.ReplyReceive((ulong)ChannelRefusal.BadTicket);
    }

    /// <summary>Calls where no channel can be opened, and writes what it is told.</summary>
    public static void CallWithoutAChannel() => ReL4.Run(async () =>
    {
        try
        {
            (await AsyncSystem.Endpoint.CallAsync(0)).Dispose();
        }
        catch (ChannelRefusedException refused)
        {
            Console.WriteLine(refused.Message);
        }
    });

    /// <summary>Has coroutines fail that nobody joins, and writes what the process says to that.</summary>
    public static void FailUnnoticed() => ReL4.Run(static async () =>
    {
        using var errors = ErrorLines.Take();
        Executor.Current!.Spawn(static () => throw new OperationCanceledException("no failure"));
        Executor.Current!.Spawn(static () => throw new InvalidOperationException("on purpose"));
        while (errors.Lines.Count == 0)
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(1));
        Console.WriteLine(errors.Lines.Single());
    });

    /// <summary>Receives from more and more endpoints until that is refused, writes why, and calls.</summary>
    public static void ReceiveEverywhere() => ReL4.Run(async () =>
    {
        try
        {
            for (int count = 0; count <= 2 * MostEndpoints; count++)
            {
                _ = new EndpointCap(MachineUser.Make(ObjectType.Endpoint)).ReceiveAsync().AsTask();
                await Executor.Current!.Yield();
            }
        }
        catch (InvalidOperationException refusal)
        {
            Console.WriteLine(refusal.Message);
        }

        (await AsyncSystem.Endpoint.CallAsync(0)).Dispose();
        Console.WriteLine("answered");
    });

    /// <summary>Ends requests of one client, which came by two channels, on two threads while runs end, and writes whether all was given back.</summary>
    public static void EndElsewhereAtTheEnd()
    {
        for (int i = 0; i < Ends; i++)
        {
            ulong own = MachineUser.Make(ObjectType.Endpoint);
            EndpointCap[] ways = [new(MachineUser.Mint(own, AsyncSystem.Client, badge: 1)), new(MachineUser.Mint(own, AsyncSystem.Client, badge: 1))];
            var kept = new List<IpcRequest>();
            MemoryShare? share = null;
            TaskRuntime? runtime = null;
            bool startsEarly = i % 2 == 0;
            Thread[] enders = [new(() => EndEachOther(0)), new(() => EndEachOther(1))];
            ReL4.Run(async () =>
            {
                Task sends = Task.Run(() => SendInTurnAsync(ways));
                while (kept.Count < Kept)
                    kept.Add(await new EndpointCap(own).ReceiveAsync());
                await sends;
                runtime = TaskRuntime.Current!;
                share = ShareOf(runtime.Channels[0]);
                foreach (Thread ender in enders)
                    ender.Start();
            });
            foreach (Thread ender in enders)
                ender.Join();
            if (share!.Used != 0)
                Console.WriteLine($"{share.Used} bytes are lost");

            void EndEachOther(int first)
            {
                // Every other time not before the run ends.
                while (!startsEarly && !runtime!.HasEnded)
                    Thread.SpinWait(1);
                for (int number = first; number < kept.Count; number += ways.Length)
                    kept[number].Dispose();
            }
        }

        Console.WriteLine("ended");
    }

    private static async Task SendInTurnAsync(EndpointCap[] ways)
    {
        for (int number = 0; number < Kept; number++)
            await ways[number % ways.Length].SendAsync(0, new byte[100]);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_share")]
    private static extern ref PeerShare ShareOf(ChannelSource channel);

    /// <summary>Calls a server until that has failed, both ways, and writes what it is told.</summary>
    public static void CallUntilRefused()
    {
        ReL4.Run(async () =>
        {
            while (true)
            {
                try
                {
                    (await AsyncSystem.Endpoint.CallAsync(1)).Dispose();
                }
                catch (ChannelEndedException)
                {
                    // The next one opens another channel, which is what is refused.
                }
                catch (ChannelRefusedException refusal)
                {
                    Console.WriteLine(refusal.Message);
                    return;
                }
            }
        });
        try
        {
            Console.WriteLine($"answered with {AsyncSystem.Endpoint.Call(1).Label}");
        }
        catch (ReplyAbandonedException)
        {
            Console.WriteLine("abandoned");
        }
    }

    /// <summary>Calls, signals and waits in each run, and says whether the process holds more afterwards than after the first.</summary>
    public static void CallFromManyRuns()
    {
        KernelThreads threads = AsyncMachine.Current.Threads;
        CNodeCap slots = threads.Objects.Holdings.CNode;
        (ulong own, ulong badged) = threads.Invoke(() =>
        {
            ulong made = threads.Objects.MakeSmall(ObjectType.Notification), minted = threads.Objects.TakeSlot();
            slots.Mint(slots[made], minted, CapRights.Write, badge: 2);
            return (made, minted);
        });
        MachineUser.MakeWaitingThreads();
        long afterFirst = 0;
        for (int i = 0; i < Runs; i++)
        {
            ReL4.Run(async () =>
            {
                await CallAsync();
                ReL4.Signal(badged);
                if (await ReL4.Wait(own) != 2)
                    throw new InvalidOperationException("not the badge");
            });
            // What a run gives back the steward takes in its turn, and so before this.
            long held = threads.Invoke(() => ProcessHoldings.Measure().Slots);
            afterFirst = i == 0 ? held : afterFirst;
            if (held > afterFirst)
                Console.WriteLine($"{held - afterFirst} slots more after run {i}");
        }

        Console.WriteLine("as much as before");
    }

    /// <summary>Calls until a run of the server's answers: one that ends refuses.</summary>
    private static async ValueTask CallAsync()
    {
        while (true)
        {
            try
            {
                using IpcResponse response = await AsyncSystem.Endpoint.CallAsync(7, "hello"u8.ToArray());
                return;
            }
            catch (Exception passing) when (passing is ChannelEndedException or ChannelRefusedException)
            {
                await Executor.Current!.Delay(TimeSpan.FromMilliseconds(5));
            }
        }
    }
}
