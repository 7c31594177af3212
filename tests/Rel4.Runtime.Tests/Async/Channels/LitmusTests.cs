using System.Diagnostics;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Do two processors that meet at the critical steps of the parking protocol ever lose a wake-up?</summary>
/// <remarks>
/// A trial: one side publishes and looks while the other parks and looks. Afterwards either the doorbell has rung or the other side
/// is awake. The proof is <c>spec/protocols/channel.pml</c>; here the code meets real store buffers, and the planted errors show that
/// they are met. What x86 shows only with two processors is not demanded of one.
/// </remarks>
public sealed class LitmusTests(ITestOutputHelper output)
{
    private const int CleanTrials = 1_000_000;
    private static readonly TimeSpan _cleanLimit = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan _plantedLimit = TimeSpan.FromSeconds(20);

    [Fact]
    public void Record_PublishedWhileThePeerParks_WakesIt()
    {
        (long trials, long lost) = Run<Delayed, Delayed>(_cleanLimit, untilLost: false);

        output.WriteLine($"{trials} trials");
        Assert.Equal(0, lost);
        Assert.True(trials > 1000);
    }

    [Fact]
    public void Record_WithoutTheSecondLook_IsLost() => RequireLoss<Delayed, WithoutSecondLook>();

    [Fact]
    public void Record_WithoutTheSendersFence_IsLost() => RequireLoss<WithoutFence, Delayed>();

    [Fact]
    public void Record_WithoutTheReceiversFence_IsLost() => RequireLoss<Delayed, WithoutFence>();

    private void RequireLoss<TSender, TReceiver>()
        where TSender : struct, IProtocolSteps
        where TReceiver : struct, IProtocolSteps
    {
        if (Environment.ProcessorCount < 2)
            Assert.Skip("One processor sees its own stores in order.");
        (long trials, long lost) = Run<TSender, TReceiver>(_plantedLimit, untilLost: true);

        output.WriteLine($"lost in {trials} trials");
        Assert.Equal(1, lost);
    }

    private static (long Trials, long Lost) Run<TSender, TReceiver>(TimeSpan limit, bool untilLost)
        where TSender : struct, IProtocolSteps
        where TReceiver : struct, IProtocolSteps
    {
        using var pair = new ChannelPair();
        var meeting = new Meeting();
        var sender = new Thread(() =>
        {
            for (long trial = 1; meeting.TryWaitForStart(trial); trial++)
            {
                pair.Client.TryWrite(RecordKind.Send, 0, 0, []);
                Delayed.Wait();
                pair.Client.Flush<TSender>();
                meeting.Finish(trial);
            }
        });
        sender.Start();

        long start = Stopwatch.GetTimestamp();
        long lost = 0;
        long done = 0;
        while (done < CleanTrials && Stopwatch.GetElapsedTime(start) < limit && !(untilLost && lost > 0))
        {
            pair.Server.GoHot();
            int rings = pair.ServerBell.Rings;
            meeting.Start(++done);
            Delayed.Wait();
            bool isCold = pair.Server.TryGoCold<TReceiver>();
            meeting.WaitForFinish(done);
            if (isCold && pair.ServerBell.Rings == rings)
                lost++;
            if (!pair.Server.TryRead(out ChannelMessage message))
                throw new InvalidOperationException("the record has not come");
            pair.Server.Release(message);
            pair.Server.Flush();
        }

        meeting.End();
        sender.Join();
        return (done, lost);
    }

    /// <summary>Lets two threads begin a trial at the same time.</summary>
    private sealed class Meeting
    {
        private const long Over = long.MaxValue;
        private long _started;
        private long _finished;

        public void Start(long trial) => Volatile.Write(ref _started, trial);

        public void End() => Volatile.Write(ref _started, Over);

        public bool TryWaitForStart(long trial)
        {
            Await(ref _started, trial);
            return Volatile.Read(ref _started) != Over;
        }

        public void Finish(long trial) => Volatile.Write(ref _finished, trial);

        public void WaitForFinish(long trial) => Await(ref _finished, trial);

        private static void Await(ref long word, long value)
        {
            for (int spins = 1; Volatile.Read(ref word) < value; spins++)
            {
                if (spins % 2000 == 0)
                    Thread.Yield();
            }
        }
    }

    /// <summary>The protocol, with random delays between its steps.</summary>
    private readonly struct Delayed : IProtocolSteps
    {
        [ThreadStatic]
        private static uint _state;

        public static bool LooksAgain => true;

        public static void Reach(ProtocolPoint point) => Wait();

        public static void Fence(ProtocolPoint after) => Interlocked.MemoryBarrier();

        /// <summary>Waits for nothing, or for up to about the time that a cache line takes between processors.</summary>
        public static void Wait()
        {
            _state = (_state * 1664525) + 1013904223 + (uint)Environment.CurrentManagedThreadId;
            for (uint i = (_state >> 24) & 127 & (_state >> 16); i > 0; i--)
                Thread.SpinWait(1);
        }
    }

    private readonly struct WithoutFence : IProtocolSteps
    {
        public static bool LooksAgain => true;

        public static void Reach(ProtocolPoint point)
        {
        }

        public static void Fence(ProtocolPoint after)
        {
        }
    }

    private readonly struct WithoutSecondLook : IProtocolSteps
    {
        public static bool LooksAgain => false;

        public static void Reach(ProtocolPoint point) => Delayed.Wait();

        public static void Fence(ProtocolPoint after) => Interlocked.MemoryBarrier();
    }
}
