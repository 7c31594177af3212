using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using Rel4.Abi;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Is no signal lost or doubled when senders and receiver meet at any moment?</summary>
/// <remarks><c>REL4_SEED</c> chooses the times; <c>REL4_SOAK_MINUTES</c> goes on for so long.</remarks>
[Collection(nameof(OneKernel))]
public sealed class SoakTests(ITestOutputHelper output)
{
    private const int Senders = 3, SignalsEach = 4000, MaxDelay = 400;

    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(2);

    [Fact]
    public void Signals_FromManyThreadsAtRandomTimes_AreSeenOnceEach()
    {
        int seed = Setting<int>("REL4_SEED") ?? Environment.TickCount;
        double minutes = Setting<double>("REL4_SOAK_MINUTES") ?? 0;
        long start = Stopwatch.GetTimestamp();
        do
        {
            output.WriteLine($"REL4_SEED={seed}");
            Run(seed++);
        }
        while (Stopwatch.GetElapsedTime(start).TotalMinutes < minutes);
    }

    private static T? Setting<T>(string name)
        where T : struct, IParsable<T> =>
        T.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out T value) ? value : null;

    /// <summary>Lets each sender signal again when its last signal was seen, so that a lost one stops it and a doubled one is noticed.</summary>
    private static void Run(int seed)
    {
        using var kernel = new InProcessKernel();
        ulong notification = kernel.Make(ObjectType.Notification);
        TaskOnThread thread = kernel.StartThread();
        UserInterruptReceiver receiver = InProcessKernel.OpenReceiver(notification, thread.Tcb);
        int[] sent = new int[Senders], seen = new int[Senders];

        Task<string?> received = thread.Begin(() => Receive(receiver, notification, new Random(seed), sent, seen));
        Task<bool>[] senders =
        [
            .. Enumerable.Range(0, Senders).Select(number =>
            {
                ulong capability = kernel.Mint(notification, 1ul << number);
                return kernel.StartThread().Begin(() => Send(capability, number, new Random(seed + 1 + number), sent, seen));
            }),
        ];

        // A lost signal ends its sender, so that this is how long all of them may take beside whatever else the machine does.
        Assert.All(senders, sender => Assert.True(Eventually.Ends(sender, RunLimit)));
        Assert.Null(Eventually.Ends(received));
        Assert.All(seen, count => Assert.Equal(SignalsEach, count));
        receiver.Dispose();
    }

    /// <summary>Posts, or signals through the kernel, now and then under a new registration.</summary>
    private static bool Send(ulong capability, int number, Random random, int[] sent, int[] seen)
    {
        UserInterruptSender sender = InProcessKernel.OpenSender(capability);
        for (int i = 0; i < SignalsEach; i++)
        {
            Thread.SpinWait(random.Next(MaxDelay));
            Volatile.Write(ref sent[number], i + 1);
            if (random.Next(8) == 0)
                SeL4.Signal(capability);
            else if (!sender.TryPost())
                return false;
            if (random.Next(50) == 0)
            {
                InProcessKernel.Check(SeL4.Notification_UnregisterSender(capability));
                sender.Dispose();
                sender = InProcessKernel.OpenSender(capability);
            }

            Eventually.Holds(() => Volatile.Read(ref seen[number]) > i, $"signal {i} of sender {number} is seen");
        }

        sender.Dispose();
        return true;
    }

    /// <summary>Takes signals in every way there is.</summary>
    private static string? Receive(UserInterruptReceiver receiver, ulong notification, Random random, int[] sent, int[] seen)
    {
        for (int left = Senders * SignalsEach; left > 0;)
        {
            ulong word = 0;
            switch (random.Next(5))
            {
                case 0:
                    word = receiver.Take();
                    break;
                case 1:
                    SeL4.Poll(notification, out word);
                    break;
                case 2:
                    SeL4.Wait(notification, out word);
                    break;
                default:
                    word = receiver.Park(-1);
                    break;
            }

            for (; word != 0; word &= word - 1, left--)
            {
                int number = BitOperations.TrailingZeroCount(word);
                int count = seen[number] + 1;
                if (count > Volatile.Read(ref sent[number]))
                    return $"signal {count} of sender {number} is seen before it is sent";
                Volatile.Write(ref seen[number], count);
            }

            Thread.SpinWait(random.Next(MaxDelay));
        }

        return null;
    }
}
