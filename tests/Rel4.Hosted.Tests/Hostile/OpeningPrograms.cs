using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds peers that hand over, while a channel is opened, capabilities that are none of those expected, and their victims.</summary>
internal static class OpeningPrograms
{
    /// <summary>Rounds, and those after which all bits of a doorbell have the capabilities that are made for them once.</summary>
    private const int Rounds = 7, WarmRounds = 4;

    /// <summary>Names what a peer can hand over in place of a frame or a doorbell.</summary>
    private static readonly string[] s_substitutes =
        ["endpoint", "badged endpoint", "notification to read", "unbadged notification", "thread", "CNode", "memory", "address space", "small frame", "nothing"];

    /// <summary>Offers and joins with each substitute, and looks whether the server has lost anything by it.</summary>
    public static void OfferSubstitutes()
    {
        Trap trap = Trap.Set();
        AsyncMachine machine = AsyncMachine.Current;
        Doorbells doorbells = machine.Threads.Invoke(() => Doorbells.Make(machine));
        ProcessHoldings before = default;
        for (int round = 0; round < Rounds; round++)
        {
            foreach (string substitute in s_substitutes)
            {
                ulong capability = trap.Get(substitute);
                ChannelParts parts = ChannelParts.Make(machine, doorbells.ChooseBit(), badge: 0);
                ulong answer = Exchange(ChannelOpening.Offer, ChannelFrame.VersionValue, capability);
                // What is in a frame is looked at last.
                if (answer == 0)
                    answer = Exchange(ChannelOpening.Join, SeL4.GetMR(0), doorbells.CapabilityOf(parts.DoorbellBit));
                Require(answer, $"{substitute} as a frame");
                AsyncSystem.Endpoint.Call((ulong)ChannelOpening.Offer, [ChannelFrame.VersionValue], [parts.FrameForPeer]);
                ulong ticket = SeL4.GetMR(0);
                Require(Exchange(ChannelOpening.Join, ticket, capability), $"{substitute} as a doorbell");
                parts.Dispose();
            }

            ProcessHoldings now = HoldingsOfServer();
            // The server's steward gives back in its turn.
            for (int i = 0; i < 100 && round == Rounds - 1 && now.Slots > before.Slots; i++)
            {
                Thread.Sleep(20);
                now = HoldingsOfServer();
            }

            before = round == WarmRounds ? now : before;
            if (round == Rounds - 1)
                Console.WriteLine(Kept(before, now));
        }

        Console.WriteLine(trap.Caught ?? "nothing was invoked");
    }

    /// <summary>Answers an opening with what the client asks for: its label says which substitute comes when.</summary>
    public static void AnswerWithSubstitutes()
    {
        Trap trap = Trap.Set();
        ulong frame = MachineUser.Make(ObjectType.LargePage);
        int opening = 0;
        ReceivedMessage message = AsyncSystem.Endpoint.Receive();
        while (true)
        {
            bool isOffer = message.Label == (ulong)ChannelOpening.Offer;
            if (message.Label == 0)
            {
                message.Reply(trap.Caught is null ? 0u : 1u);
                message = AsyncSystem.Endpoint.Receive();
                continue;
            }

            // First each as a frame, then each as a doorbell behind a frame that is one.
            string substitute = s_substitutes[opening % s_substitutes.Length];
            bool isFrame = opening < s_substitutes.Length;
            ulong capability = isOffer && !isFrame ? frame : trap.Get(substitute);
            opening = (opening + (isOffer == isFrame ? 1 : 0)) % (2 * s_substitutes.Length);
            message.Reply((ulong)ChannelRefusal.None, [1], capability == 0 ? [] : [capability]);
            message = AsyncSystem.Endpoint.Receive();
        }
    }

    /// <summary>Calls a server that answers each opening with a substitute, and says what it has lost by it.</summary>
    public static void CallSubstitutes()
    {
        int refused = 0;
        ProcessHoldings before = default;
        MachineUser.MakeWaitingThreads();
        ReL4.Run(async () =>
        {
            Doorbells doorbells = TaskRuntime.Current!.Doorbells;
            AsyncMachine.Current.Threads.Invoke(() => Enumerable.Range(0, Doorbells.Count).Max(doorbells.CapabilityOf));
            for (int round = 0; round < Rounds; round++)
            {
                for (int i = 0; i < 2 * s_substitutes.Length; i++)
                {
                    try
                    {
                        (await AsyncSystem.Endpoint.CallAsync(5)).Dispose();
                    }
                    catch (ChannelRefusedException)
                    {
                        refused++;
                    }
                }

                // Behind what the steward still gives back.
                ProcessHoldings now = AsyncMachine.Current.Threads.Invoke(ProcessHoldings.Measure);
                before = round == WarmRounds ? now : before;
                if (round == Rounds - 1)
                    Console.WriteLine(Kept(before, now));
            }
        });
        Console.WriteLine($"refused {refused} of {2 * Rounds * s_substitutes.Length}");
        Console.WriteLine(AsyncSystem.Endpoint.Call(0).Label == 0 ? "nothing was invoked" : "the server got the message of a method");
    }

    /// <summary>Takes openings and never answers.</summary>
    public static void TakeAndBeMute()
    {
        while (true)
        {
            AsyncSystem.Endpoint.Receive();
            SeL4.CNode_SaveCaller(TaskContext.CNode.CPtr, MachineUser.TakeSlot(), Limits.WordBits);
        }
    }

    /// <summary>Calls who is mute, with a limit each time, and says how many openings are left on how many threads.</summary>
    public static void CallMute() => ReL4.Run(async () =>
    {
        int timeouts = 0;
        for (int i = 0; i < 3; i++)
        {
            try
            {
                await AsyncSystem.Endpoint.CallAsync(0, default, TimeSpan.FromMilliseconds(20));
            }
            catch (TimeoutException)
            {
                timeouts++;
            }

            // Until the opening, which nobody waits for, is given up.
            await Executor.Current!.Delay(TimeSpan.FromSeconds(1.2));
        }

        Console.WriteLine($"{timeouts} limits, {UnfinishedOf(AsyncMachine.Current.Threads)} openings on {ThreadsOf(AsyncMachine.Current.Threads)} threads");
    });

    /// <summary>Says what is held now and was not before; what the steward was about to give back then counts for nothing.</summary>
    private static string Kept(ProcessHoldings before, ProcessHoldings now) =>
        $"descriptors {Math.Max(0, now.Descriptors - before.Descriptors)}, slots {Math.Max(0, now.Slots - before.Slots)}, "
        + $"mappings {Math.Max(0, now.Mappings - before.Mappings)}";

    private static ulong Exchange(ChannelOpening call, ulong word, ulong capability) =>
        AsyncSystem.Endpoint.Call((ulong)call, [word], capability == 0 ? [] : [capability]).Label;

    private static void Require(ulong answer, string what)
    {
        if (answer is not ((ulong)ChannelRefusal.BadFrame or (ulong)ChannelRefusal.BadDoorbell or (ulong)ChannelRefusal.NoCapability))
            Console.WriteLine($"{what}: {(ChannelRefusal)answer}");
    }

    private static ProcessHoldings HoldingsOfServer()
    {
        using IpcResponse holdings = AsyncSystem.Endpoint.CallAsync((ushort)Order.Holdings).AsTask().Result;
        return ProcessHoldings.Of(holdings.Payload);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_unfinished")]
    private static extern ref int UnfinishedOf(KernelThreads threads);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_blockingThreads")]
    private static extern ref int ThreadsOf(KernelThreads threads);

    /// <summary>Waits for whoever invokes what was handed over, and has the substitutes.</summary>
    private sealed class Trap
    {
        private readonly Dictionary<string, ulong> _capabilities = [];

        /// <summary>Gets what was invoked, if anything was.</summary>
        public string? Caught { get; private set; }

        public static Trap Set()
        {
            var trap = new Trap();
            ulong endpoint = MachineUser.Make(ObjectType.Endpoint), notification = MachineUser.Make(ObjectType.Notification);
            trap._capabilities["endpoint"] = endpoint;
            trap._capabilities["badged endpoint"] = MachineUser.Mint(endpoint, CapRights.All, badge: 1);
            trap._capabilities["notification to read"] = MachineUser.Mint(notification, CapRights.Read, badge: 1);
            trap._capabilities["unbadged notification"] = MachineUser.Mint(notification, CapRights.All);
            trap._capabilities["thread"] = TaskContext.Self.CPtr;
            trap._capabilities["CNode"] = TaskContext.CNode.CPtr;
            trap._capabilities["memory"] = MachineUser.Machine.Holdings.Memory.CPtr;
            trap._capabilities["address space"] = TaskContext.VSpace.CPtr;
            trap._capabilities["small frame"] = MachineUser.Make(ObjectType.Page4K);
            trap._capabilities["nothing"] = 0;
            var ready = new ManualResetEventSlim();
            MachineUser.Machine.StartThread(MachineUser.MakeThread(), "trap", () =>
            {
                ulong slot = MachineUser.TakeSlot();
                ready.Set();
                while (true)
                {
                    TaskContext.CNode.ReceiveInto(slot);
                    ReceivedMessage message = new EndpointCap(endpoint).Receive();
                    trap.Caught = $"label {message.Label:X} with {(message.HasReceivedCapability ? "a" : "no")} capability";
                    message.Reply(0);
                }
            });
            ready.Wait();
            return trap;
        }

        public ulong Get(string substitute) => _capabilities[substitute];
    }
}
