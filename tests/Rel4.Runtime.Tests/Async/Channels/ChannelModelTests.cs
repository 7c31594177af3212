using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Does a channel do, whatever the order of steps, what a plain queue does?</summary>
/// <remarks>A failure prints the seed of the run; <c>REL4_SEED</c> begins with it.</remarks>
public sealed class ChannelModelTests(ITestOutputHelper output)
{
    private const int Stories = 400;
    private const int StepsOfAStory = 600;

    [Fact]
    public void Channel_AfterAnyStepsOfBothSides_AgreesWithAQueue()
    {
        ulong seed = ulong.TryParse(Environment.GetEnvironmentVariable("REL4_SEED"), CultureInfo.InvariantCulture, out ulong chosen)
            ? chosen
            : (ulong)Random.Shared.NextInt64();
        output.WriteLine($"REL4_SEED={seed}");
        Gen<int[]> stories = Gen.ArrayOf(Gen.Choose(0, int.MaxValue - 1), StepsOfAStory);
        // The second number of a replay must be odd.
        Config config = Config.QuickThrowOnFailure.WithMaxTest(Stories).WithQuietOnSuccess(true).WithReplay(seed, (seed << 1) | 1);
        Prop.ForAll(Arb.From(stories, Shrunk), Tell).Check(config);
    }

    [Fact]
    public void Model_OfAChannelThatLosesAMessage_Disagrees() =>
        Assert.ThrowsAny<Exception>(() => Prop
            .ForAll(Arb.From(Gen.ArrayOf(Gen.Choose(0, int.MaxValue - 1), StepsOfAStory)), steps => Tell(steps, losesOne: true))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Stories).WithQuietOnSuccess(true)));

    private static IEnumerable<int[]> Shrunk(int[] steps)
    {
        for (int length = steps.Length / 2; length > 0; length /= 2)
        {
            for (int from = 0; from + length <= steps.Length; from += length)
                yield return [.. steps[..from], .. steps[(from + length)..]];
        }
    }

    private static void Tell(int[] steps) => Tell(steps, losesOne: false);

    private static void Tell(int[] steps, bool losesOne)
    {
        using var story = new Story(losesOne);
        foreach (int step in steps)
            story.Step(step);
        story.Finish();
    }

    /// <summary>A channel, one way, and the queue it should behave like.</summary>
    private sealed class Story(bool losesOne) : IDisposable
    {
        private const int MaxUnderWay = 3;

        private readonly ChannelPair _pair = new();
        private readonly Queue<byte[]> _written = new();
        private readonly List<(ChannelMessage Message, byte[] Expected)> _held = [];
        private readonly List<(MessageTransfer Transfer, byte[] Message)> _underWay = [];
        private int _flushed;
        private int _number;

        public void Step(int step)
        {
            int argument = step / 16;
            switch (step % 16)
            {
                case 0 or 1 or 2: Write(argument % 60); break;
                case 3 or 4: Write(argument % (_pair.Client.MaxRecordBytes + 1)); break;
                case 5: Begin(_pair.Client.MaxRecordBytes + 1 + (argument % 5000)); break;
                case 6 or 7: Continue(argument); break;
                case 8 or 9: Flush(); break;
                case 10 or 11 or 12: Read(); break;
                case 13 when argument % 4 == 0: MoveOut(); break;
                case 13: Release(argument); break;
                case 14: _pair.Server.GoHot(); break;
                default: Park(); break;
            }

            _pair.AssertInvariants();
        }

        public void Finish()
        {
            while (_underWay.Count > 0)
                Turn();
            Flush();
            while (_written.Count > 0)
            {
                Read();
                ReleaseAll();
            }

            ReleaseAll();
            Assert.False(_pair.Server.TryRead(out _));
            Assert.Equal(0, _pair.Server.ReassemblyBytes);
            Assert.Equal(0, _pair.Server.Share.Used);
            // An empty ring has room for the longest record, pad included.
            Assert.Equal(WriteOutcome.Done, _pair.Client.TryReserve(_pair.Client.MaxRecordBytes, out _));
        }

        public void Dispose() => _pair.Dispose();

        private void Write(int length)
        {
            byte[] payload = Payload.Of(length, _number++);
            WriteOutcome outcome = _pair.Client.TryWrite(RecordKind.Send, 0, 0, payload);
            Assert.True(outcome is WriteOutcome.Done or WriteOutcome.Full);
            if (outcome == WriteOutcome.Done)
                Expect(payload);
        }

        private void Begin(int length)
        {
            if (_underWay.Count < MaxUnderWay)
                _underWay.Add((new MessageTransfer(RecordKind.Send, 0, 0), Payload.Of(length, _number++)));
        }

        private void Continue(int argument)
        {
            if (_underWay.Count == 0)
                return;
            int busy = _underWay.FindIndex(started => started.Transfer.IsUnderWay);
            int which = busy >= 0 && argument % 2 == 0 ? busy : argument % _underWay.Count;
            (MessageTransfer transfer, byte[] message) = _underWay[which];
            WriteOutcome outcome = _pair.Client.TryContinue(ref transfer, message);
            Assert.True(outcome is WriteOutcome.Done or WriteOutcome.More or WriteOutcome.Full || (outcome == WriteOutcome.Busy && which != busy));
            _underWay[which] = (transfer, message);
            if (outcome != WriteOutcome.Done)
                return;
            _underWay.RemoveAt(which);
            Expect(message);
        }

        private void Expect(byte[] payload)
        {
            if (!losesOne || _number != 100)
                _written.Enqueue(payload);
        }

        private void Flush()
        {
            _pair.Client.Flush();
            _pair.Server.Flush();
            _flushed = _written.Count;
        }

        private void Read()
        {
            if (_pair.Server.TryRead(out ChannelMessage message))
            {
                byte[] expected = _written.Dequeue();
                _flushed = Math.Max(0, _flushed - 1);
                Assert.Equal(expected, message.Payload.ToArray());
                _held.Add((message, expected));
            }
            else
            {
                Assert.Equal(ChannelState.Open, _pair.Server.State);
                Assert.Equal(0, _flushed);
            }
        }

        private void Release(int argument)
        {
            if (_held.Count == 0)
                return;
            int which = argument % _held.Count;
            Assert.Equal(_held[which].Expected, _held[which].Message.Payload.ToArray());
            _pair.Server.Release(_held[which].Message);
            _held.RemoveAt(which);
        }

        private void MoveOut()
        {
            Assert.True(_pair.Server.TryMoveOut());
            Assert.False(_pair.Server.HoldsBack);
            _pair.Server.Trim();
        }

        private void ReleaseAll()
        {
            while (_held.Count > 0)
                Release(_held.Count - 1);
        }

        private void Park()
        {
            bool hasWork = _flushed > 0;
            bool isHot = _pair.Server.Heat == ChannelHeat.Hot;
            bool isCold = _pair.Server.TryGoCold();
            Assert.False(hasWork && isHot && isCold, "went cold with records to read");
        }

        private void Turn()
        {
            Continue(0);
            Flush();
            Read();
            ReleaseAll();
            Flush();
        }
    }
}
