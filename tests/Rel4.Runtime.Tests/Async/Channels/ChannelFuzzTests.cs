using System.Globalization;
using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Can a peer that writes anything into its frame, at any time, do more harm than to lose its channel?</summary>
/// <remarks>
/// The frames are mapped read-only for the reader, between forbidden pages: a read outside, or a write, ends the test run. A failure prints the seed;
/// <c>REL4_SEED</c> begins with it.
/// </remarks>
public sealed unsafe class ChannelFuzzTests(ITestOutputHelper output)
{
    private const int Mutations = 1_000_000;
    private const int MostKept = 40;

    private static readonly ChannelOptions Options = new()
    {
        MaxMessageBytes = HostilePeer.MaxMessageBytes,
        RingLines = ChannelPair.SmallLines,
    };

    [Fact]
    public void Frame_MutatedAMillionTimes_EndsInDataOrAViolation()
    {
        ulong seed = Seed();
        var random = new SplitMix(seed);
        var found = new Dictionary<ChannelField, int>();
        long messages = 0;
        using var frames = new Frames();
        ChannelEnd victim = frames.Open();
        var peer = new HostilePeer(frames.Hostile, random.Next());
        for (int i = 0; i < Mutations; i++)
        {
            peer.Step();
            messages += Use(victim, ref random);
            if (victim.State == ChannelState.Open)
                continue;

            if (victim.Violation is { } violation)
                CollectionsMarshal.GetValueRefOrAddDefault(found, violation.Field, out _)++;
            victim.Dispose();
            victim = frames.Open();
            peer = new HostilePeer(frames.Hostile, random.Next());
        }

        victim.Dispose();
        output.WriteLine($"{messages} messages read; violations: {string.Join(", ", found)}");
        ChannelField[] reachable = Enum.GetValues<ChannelField>()[(int)ChannelField.Consumer..(int)ChannelField.OutOfMemory];
        Assert.Empty(reachable.Except(found.Keys));
        Assert.True(messages > Mutations / 10);
    }

    [Fact]
    public void Frame_MutatedWhileItIsRead_EndsInDataOrAViolation()
    {
        ulong seed = Seed();
        using var frames = new Frames();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var attacker = new Thread(() => HostilePeer.Flicker(frames.Hostile, ~seed, stop.Token));
        attacker.Start();

        var random = new SplitMix(seed);
        long messages = 0;
        long closed = 0;
        while (!stop.IsCancellationRequested)
        {
            using ChannelEnd? victim = frames.TryOpen();
            for (ulong i = 1; victim is { State: ChannelState.Open } && i < 10_000; i++)
            {
                messages += Use(victim, ref random);
            }

            closed++;
        }

        attacker.Join();
        output.WriteLine($"{messages} messages read, {closed} channels closed");
        Assert.True(messages > 1000 && closed > 10);
    }

    private ulong Seed()
    {
        ulong seed = ulong.TryParse(Environment.GetEnvironmentVariable("REL4_SEED"), CultureInfo.InvariantCulture, out ulong chosen)
            ? chosen
            : (ulong)Random.Shared.NextInt64();
        output.WriteLine($"REL4_SEED={seed}");
        return seed;
    }

    /// <summary>Does everything that an end can do, and touches every byte that it hands out.</summary>
    private static int Use(ChannelEnd end, ref SplitMix random)
    {
        while (end.Calls.Count < 40)
            end.Calls.TryOpen(new CallWaiter(end), out _);
        int read = 0;
        var kept = new Queue<ChannelMessage>();
        _ = end.Poll();
        while (read < 100 && end.TryRead(out ChannelMessage message))
        {
            read++;
            Assert.InRange(message.Length, 0, HostilePeer.MaxMessageBytes);
            kept.Enqueue(message);
            // Some are kept until they have been moved out of the ring.
            if (random.Chance(10))
                end.TryMoveOut();
            while (kept.Count > MostKept || (kept.Count > 0 && random.Chance(80)))
                TouchAndRelease(end, kept.Dequeue());
        }

        while (kept.Count > 0)
            TouchAndRelease(end, kept.Dequeue());
        end.Trim();

        Assert.InRange(end.ReassemblyBytes, 0, HostilePeer.MaxMessageBytes);
        if (random.Chance(30))
            end.TryWrite(RecordKind.Send, 0, 0, stackalloc byte[random.Below(880)]);
        end.Flush();
        if (random.Chance(10))
            end.GoHot();
        else if (random.Chance(10))
            end.TryGoCold();
        return read;
    }

    private static void TouchAndRelease(ChannelEnd end, ChannelMessage message)
    {
        Touch(message.Payload);
        end.Release(message);
    }

    private static void Touch(ReadOnlySpan<byte> payload)
    {
        byte sum = 0;
        foreach (byte value in payload)
            sum ^= value;
        GC.KeepAlive(sum == 0 ? null : string.Empty);
    }

    /// <summary>Holds the frames of a victim and of its hostile peer.</summary>
    private sealed class Frames : IDisposable
    {
        /// <summary>A ring, and one unit to lend.</summary>
        private const int FrameSize = 2 * ChannelFrame.UnitSize;

        private readonly SharedFrame _own = new(FrameSize);
        private readonly TestDoorbell _bell = new();

        public SharedFrame Hostile { get; } = new(FrameSize);

        public ChannelEnd Open()
        {
            Hostile.Bytes[..ChannelPair.SmallFrame].Clear();
            return TryOpen() ?? throw new InvalidOperationException();
        }

        public ChannelEnd? TryOpen()
        {
            _own.Bytes[..ChannelPair.SmallFrame].Clear();
            ChannelEnd.Format(_own.Owner, _own.Length, Options);
            ChannelEnd.Format(Hostile.Owner, Hostile.Length, Options);
            return ChannelEnd.TryOpen(_own.Owner, Hostile.Peer, Hostile.Length, _bell, Options, out _);
        }

        public void Dispose()
        {
            _own.Dispose();
            Hostile.Dispose();
            _bell.Dispose();
        }
    }
}
