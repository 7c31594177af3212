using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Do two threads that sleep whenever they can lose, double, change or reorder anything, or sleep for ever?</summary>
/// <remarks><c>REL4_SOAK_MINUTES</c> goes on for so long; <c>REL4_SEED</c> chooses the messages and the delays.</remarks>
[Collection(TwoProcessors.Name)]
public sealed class SoakTests(ITestOutputHelper output)
{
    private const int DefaultSeconds = 4;
    private const int MaxMessageBytes = 12_000;
    private static readonly TimeSpan _sleepLimit = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(ChannelPair.SmallFrame)]
    [InlineData(64 * 1024)]
    public async Task Calls_OfRandomLengthsWithDelaysAtEveryStep_AreAnsweredOnceAndInOrder(int frameSize)
    {
        double seconds = double.TryParse(
            Environment.GetEnvironmentVariable("REL4_SOAK_MINUTES"), CultureInfo.InvariantCulture, out double minutes)
            ? minutes * 60
            : DefaultSeconds;
        ulong seed = ulong.TryParse(Environment.GetEnvironmentVariable("REL4_SEED"), CultureInfo.InvariantCulture, out ulong chosen)
            ? chosen
            : (ulong)Random.Shared.NextInt64();
        output.WriteLine($"REL4_SEED={seed}");
        using var pair = new ChannelPair(frameSize);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        var client = new Client(pair.Client, pair.ClientBell, seed, stop.Token);
        var server = new Server(pair.Server, pair.ServerBell, ~seed);

        await Task.WhenAll(OnThread(client.Run), OnThread(server.Run));

        output.WriteLine(
            $"{client.Answered} calls; client rang {pair.Client.Counters.DoorbellsRung}, not {pair.Client.Counters.DoorbellsElided}, parked "
            + $"{pair.Client.Counters.Parks}, waited for room {pair.Client.Counters.RefusedForRoom}; server rang {pair.Server.Counters.DoorbellsRung}, not "
            + $"{pair.Server.Counters.DoorbellsElided}, parked {pair.Server.Counters.Parks}, waited for room {pair.Server.Counters.RefusedForRoom}");
        Assert.True(client.Answered > 100);
        Assert.Equal(0, pair.Client.Calls.Count);
        pair.AssertInvariants();
    }

    private static Task OnThread(Action run) =>
        Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>One side: a loop that does what it can, and sleeps when there is nothing.</summary>
    private abstract class Side(ChannelEnd end, TestDoorbell bell, ulong seed)
    {
        protected ChannelEnd End { get; } = end;

        protected SplitMix Random = new(seed);

        protected abstract bool IsDone { get; }

        /// <summary>Gets whether only the peer can give this side something to do.</summary>
        protected abstract bool MaySleep { get; }

        public void Run()
        {
            try
            {
                while (!IsDone && End.State == ChannelState.Open)
                    Turn();
            }
            finally
            {
                // A failure of one side must not leave the other asleep.
                End.Close();
            }
        }

        protected abstract bool Work();

        private void Turn()
        {
            bool hasWorked = Work();
            End.Flush<Delays>();
            if (hasWorked || IsDone || !MaySleep || End.Poll() != ChannelEvents.None || Random.Chance(20))
                return;
            End.GoHot();
            if (!End.TryGoCold<Delays>())
                return;
            if (!bell.TrySleep(_sleepLimit))
                throw new TimeoutException($"Slept for {_sleepLimit}: {End.Poll()} is what it should have been woken for, if that is anything.");
            if (Random.Chance(70))
                End.GoHot();
        }
    }

    private sealed class Client(ChannelEnd end, TestDoorbell bell, ulong seed, CancellationToken stop) : Side(end, bell, seed)
    {
        private readonly byte[] _message = new byte[MaxMessageBytes];
        private MessageTransfer _transfer;
        private int _length = -1;
        private ushort _sent;
        private ushort _expected;
        private bool _isBlocked;

        public long Answered { get; private set; }

        protected override bool MaySleep => _isBlocked;

        protected override bool IsDone => stop.IsCancellationRequested && End.Calls.Count == 0 && _length < 0;

        protected override bool Work()
        {
            bool hasWorked = false;
            while (End.TryRead(out ChannelMessage reply, out CallWaiter waiter))
            {
                hasWorked = true;
                Check(reply.Label == _expected++, "a reply is out of order");
                Check(reply.Payload.Length == 12, "a reply has another length");
                Check(waiter.Target is (uint sum, int length) && MemoryMarshal.Read<uint>(reply.Payload) == sum
                    && MemoryMarshal.Read<int>(reply.Payload[4..]) == length, "a message has changed");
                End.Release(reply);
                Answered++;
            }

            _isBlocked = false;
            int burst = Random.Below(20);
            for (int i = 0; i < burst; i++)
            {
                if (_length < 0)
                {
                    // Nothing to send for now, too many calls, or just a pause until a reply comes.
                    _isBlocked = stop.IsCancellationRequested || End.Calls.Count >= 50 || (End.Calls.Count > 0 && Random.Chance(20));
                    if (_isBlocked)
                        break;
                    Begin();
                }

                WriteOutcome outcome = End.TryContinue(ref _transfer, _message.AsSpan(0, _length));
                _isBlocked = outcome == WriteOutcome.Full;
                if (_isBlocked)
                    break;
                hasWorked = true;
                if (outcome == WriteOutcome.Done)
                    _length = -1;
            }

            return hasWorked;
        }

        private void Begin()
        {
            _length = Random.Chance(80) ? Random.Below(100) : Random.Below(MaxMessageBytes);
            Payload.Fill(_message.AsSpan(0, _length), (int)Random.Next());
            Check(End.Calls.TryOpen(new CallWaiter((Sum(_message.AsSpan(0, _length)), _length)), out uint id), "no id is free");
            _transfer = new MessageTransfer(RecordKind.Call, id, _sent++);
        }
    }

    private sealed class Server(ChannelEnd end, TestDoorbell bell, ulong seed) : Side(end, bell, seed)
    {
        private readonly Queue<(uint Id, ushort Label, byte[] Reply)> _replies = new();

        protected override bool IsDone => false;

        protected override bool MaySleep => true;

        protected override bool Work()
        {
            bool hasWorked = false;
            while (_replies.TryPeek(out var reply) && End.TryWrite(RecordKind.Reply, reply.Id, reply.Label, reply.Reply) == WriteOutcome.Done)
            {
                _replies.Dequeue();
                hasWorked = true;
            }

            int most = Random.Below(30);
            for (int i = 0; i < most && End.TryRead(out ChannelMessage call); i++)
            {
                hasWorked = true;
                byte[] reply = new byte[12];
                MemoryMarshal.Write(reply, Sum(call.Payload));
                MemoryMarshal.Write(reply.AsSpan(4), call.Length);
                _replies.Enqueue((call.Id, call.Label, reply));
                End.Release(call);
            }

            return hasWorked;
        }
    }

    private static void Check(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }

    private static uint Sum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        foreach (byte value in bytes)
            sum = BitOperations.Crc32C(sum, value);
        return sum;
    }

    /// <summary>The protocol, with delays that are mostly short, and sometimes as long as the scheduler makes them.</summary>
    private readonly struct Delays : IProtocolSteps
    {
        [ThreadStatic]
        private static uint _state;

        public static bool LooksAgain => true;

        public static void Reach(ProtocolPoint point)
        {
            _state = (_state * 1664525) + 1013904223 + (uint)Environment.CurrentManagedThreadId;
            uint draw = _state >> 20;
            if (draw < 100)
                Thread.Yield();
            else if (draw < 1000)
                Thread.SpinWait((int)draw / 10);
        }

        public static void Fence(ProtocolPoint after) => Interlocked.MemoryBarrier();
    }
}
