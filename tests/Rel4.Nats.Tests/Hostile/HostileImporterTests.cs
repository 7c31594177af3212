using System.Diagnostics;
using System.Globalization;
using System.Text;
using NATS.Client.Core;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Nats.Bridge;
using Rel4.Runtime;

namespace Rel4.Nats.Tests;

/// <summary>Can who has a grant's key do anything but call what it was granted?</summary>
[Collection(nameof(OneKernel))]
public sealed class HostileImporterTests : IAsyncDisposable
{
    private const string Requests = $"{TwoMachines.Subject}.@one";
    private const long MostGrowth = 300 << 20;

    private readonly TwoMachines _machines = new();
    private RunningSystem _exporter = null!;
    private EndpointCap _honest;
    private RawUser _hostile = null!;

    public async ValueTask DisposeAsync()
    {
        await _hostile.DisposeAsync();
        await _machines.DisposeAsync();
    }

    [Fact]
    public async Task Publish_AnywhereElse_IsRefusedByTheServer()
    {
        await BeginAsync();
        byte[] note = RawUser.Bytes(new MessageHeader(MessageKind.Send, Programs.Note, 1, 9, 3), new byte[3]);
        string[] elsewhere =
        [
            $"{TwoMachines.Subject}.@two", $"{TwoMachines.Subject}.@two.0123", TwoMachines.Subject, "shop.other.@one", RawUser.ReplyTo("two", 1, 1), RawUser.ReplyTo("one", 1, 1),
            "_INBOX.x", "$SYS.REQ.SERVER.PING", "$JS.API.INFO", $"{Requests}.a.b",
        ];

        foreach (string subject in elsewhere)
            await _hostile.PublishAsync(subject, note, RawUser.ReplyTo("one", 9, 1));
        await _hostile.FlushAsync();

        await ViolationsAsync("Publish Violation", elsewhere.Length);
        Assert.StartsWith("0 ", await TextAsync(Programs.Count));
    }

    [Fact]
    public async Task Subscribe_AnywhereElse_HearsNothing()
    {
        await BeginAsync();
        string[] elsewhere =
            [">", "shop.>", "_INBOX.>", $"_INBOX.{TwoMachines.Subject}.>", $"_INBOX.{TwoMachines.Subject}.@two.>", $"{TwoMachines.Subject}.@two", Requests, "$SYS.>", "$JS.>", "*.*.*"];

        foreach (string subject in elsewhere)
            await _hostile.SubscribeAsync(subject);
        for (int i = 0; i < 20; i++)
            await TextAsync(Programs.Who);

        await ViolationsAsync("Subscription Violation", elsewhere.Length);
        await _hostile.FlushAsync();
        Assert.Empty(_hostile.Received);
    }

    [Fact]
    public async Task Call_WhoseAnswerIsToGoElsewhere_IsNotCarriedOut()
    {
        await BeginAsync();
        await using RawUser other = await RawUser.ConnectAsync(_machines, "two");
        await other.SubscribeAsync($"_INBOX.{TwoMachines.Subject}.@two.>");
        string inbox = $"_INBOX.{TwoMachines.Subject}.@one";
        string?[] replies =
        [
            null, RawUser.ReplyTo("two", 1, 1), $"{TwoMachines.Subject}.@two", $"{TwoMachines.Subject}.@one", "$JS.API.STREAM.DELETE.all", "$SYS.REQ.SERVER.PING", inbox, $"{inbox}.a", $"{inbox}.a.b",
            $"{inbox}.a.b.c.d", $"{inbox}..b.1", $"{inbox}.a..1", $"{inbox}.a.b.", $"{inbox}.*.b.1", $"{inbox}.a.b.>", $"{inbox}.a.b.x", $"{inbox}two.a.b.1", $"{inbox}.{new string('a', 200)}.b.1",
        ];

        uint number = 0;
        foreach (string? replyTo in replies)
        {
            byte[] note = RawUser.Bytes(new MessageHeader(MessageKind.Send, Programs.Note, ++number, 9, 3), new byte[3]);
            await _hostile.PublishAsync(Requests, note, replyTo);
        }

        await _hostile.PublishAsync(Requests, RawUser.Bytes(new MessageHeader(MessageKind.Send, Programs.Note, ++number, 9, 5), new byte[5]), RawUser.ReplyTo("one", 9, number));

        // The last is in order, and behind all others.
        await Eventually.HoldsAsync(() => Text(Programs.Count) == "5 0", () => Text(Programs.Count));
        // Others of this grant are the honest one's.
        Assert.DoesNotContain(other.Received, message => message.Subject.Contains(".abc.", StringComparison.Ordinal));
        Assert.DoesNotContain("Publish Violation", _machines.Server.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gone_ForAnotherGrantsClient_EndsNothing()
    {
        await BeginAsync();
        await using RawUser other = await RawUser.ConnectAsync(_machines, "two");
        await other.SubscribeAsync($"_INBOX.{TwoMachines.Subject}.@two.>");
        await _hostile.SubscribeAsync($"_INBOX.{TwoMachines.Subject}.@one.>");
        string own = await OpenAsync(_hostile, "one", 7), others = await OpenAsync(other, "two", 7);

        await _hostile.PublishAsync(own, new MessageHeader(MessageKind.Gone, 0, 0, 7, 0), null, RawUser.ReplyTo("one", 7, 0));
        await _hostile.FlushAsync();
        await other.PublishAsync(others, new MessageHeader(MessageKind.Call, Programs.Who, 1, 7, 0), null, RawUser.ReplyTo("two", 7, 1));

        await Eventually.HoldsAsync(() => other.Count(MessageKind.Reply) == 1, () => "no reply");
        Assert.StartsWith("2 ", Encoding.UTF8.GetString(other.Received.Last().Data.AsSpan(MessageHeader.Size)));
    }

    [Fact]
    public async Task Numbers_ThatRepeat_AreCarriedOutOnce()
    {
        await BeginAsync();
        await _hostile.SubscribeAsync($"_INBOX.{TwoMachines.Subject}.@one.>");
        string own = await OpenAsync(_hostile, "one", 7);

        foreach (uint number in (uint[])[1, 1, 2, 1, 2, 0, 0, 0x8000_0001, 1, 3])
            await _hostile.PublishAsync(own, new MessageHeader(MessageKind.Send, Programs.Note, number, 7, 1), [0], RawUser.ReplyTo("one", 7, number));
        await _hostile.PublishAsync(own, new MessageHeader(MessageKind.Call, Programs.Who, 0x9000_0000, 7, 0), null, RawUser.ReplyTo("one", 7, 0x9000_0000));

        await Eventually.HoldsAsync(() => _hostile.Received.Any(message => RawUser.Header(message).Label == Programs.Who), () => "no reply");
        // 1, 2 and 0x80000001, from which 1 and 3 are ahead again: numbers go round.
        Assert.InRange(int.Parse((await TextAsync(Programs.Count)).Split(' ')[0], CultureInfo.InvariantCulture), 3, 4);
    }

    [Fact]
    public async Task Garbage_OfAllKinds_HarmsNobody()
    {
        await BeginAsync();
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await _hostile.SubscribeAsync($"_INBOX.{TwoMachines.Subject}.@one.>");
        string own = await OpenAsync(_hostile, "one", 1);

        await AttackAsync(async () =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                byte[] payload = new byte[random.Next(8) == 0 ? random.Next(100_000) : random.Next(40)];
                random.NextBytes(payload);
                ulong client = (ulong)random.Next(4);
                uint number = (uint)random.Next(50);
                uint length = random.Next(4) switch { 0 => (uint)payload.Length, 1 => uint.MaxValue, 2 => (uint)random.Next(70 << 20), _ => (uint)random.Next(200) };
                var header = new MessageHeader((MessageKind)random.Next(14), (ushort)random.Next(Programs.Big /* The server of these tests dies of what is above. */), number, client, length);
                byte[] bytes = random.Next(10) == 0 ? payload : RawUser.Bytes(header, payload);
                NatsHeaders? headers = random.Next(10) == 0 ? new NatsHeaders { ["Status"] = "503", ["x"] = new string('y', random.Next(500)) } : null;
                await _hostile.PublishAsync(random.Next(2) == 0 ? own : Requests, bytes, RawUser.ReplyTo("one", client, number), headers);
            }
        });
    }

    [Fact]
    public async Task Calls_ThatNobodyReadsTheAnswersOf_LeaveOthersTheirRoom()
    {
        await BeginAsync();
        await _hostile.SubscribeAsync($"_INBOX.{TwoMachines.Subject}.@one.>");
        string own = await OpenAsync(_hostile, "one", 1);

        await AttackAsync(async () =>
        {
            for (uint number = 1; number < 30_000; number++)
                await _hostile.PublishAsync(own, new MessageHeader(MessageKind.Call, Programs.Hold, number, 1, 1000), new byte[1000], RawUser.ReplyTo("one", 1, number));
            for (uint number = 30_000; number < 30_400; number++)
                await _hostile.PublishAsync(own, new MessageHeader(MessageKind.Call, Programs.Hold, number, 1, 1_000_000), new byte[1_000_000], RawUser.ReplyTo("one", 1, number));
        });
        await Eventually.HoldsAsync(() => _hostile.Count(MessageKind.Failure) > 1000, () => $"{_hostile.Count(MessageKind.Failure)} refused");

        // It goes, and its calls with it: the server that holds them is told.
        await _hostile.PublishAsync(own, new MessageHeader(MessageKind.Gone, 0, 0, 1, 0), null, RawUser.ReplyTo("one", 1, 0));
        await Eventually.HoldsAsync(() => !Text(Programs.Count).EndsWith(" 0", StringComparison.Ordinal), () => "the server was not told");
        own = await OpenAsync(_hostile, "one", 2);
        await _hostile.PublishAsync(own, new MessageHeader(MessageKind.Call, Programs.Who, 1, 2, 0), null, RawUser.ReplyTo("one", 2, 1));
        await Eventually.HoldsAsync(() => _hostile.Count(MessageKind.Reply) == 1, () => "no reply");
    }

    [Fact]
    public async Task Opens_WithoutEnd_LeaveOthersTheirRoomAndComeBack()
    {
        await BeginAsync();
        await _hostile.SubscribeAsync($"_INBOX.{TwoMachines.Subject}.@one.>");

        await AttackAsync(async () =>
        {
            for (ulong client = 100; client < 5100; client++)
                await _hostile.PublishAsync(Requests, new MessageHeader(MessageKind.Open, 0, 0, client, 0), null, RawUser.ReplyTo("one", client, 0));
        });
        await Eventually.HoldsAsync(() => _hostile.Count(MessageKind.Opened) + _hostile.Count(MessageKind.Failure) == 5000, () => "some had no answer");
        Assert.InRange(_hostile.Count(MessageKind.Opened), 50, 300);
        await using RawUser other = await RawUser.ConnectAsync(_machines, "two");
        await other.SubscribeAsync($"_INBOX.{TwoMachines.Subject}.@two.>");
        await OpenAsync(other, "two", 1);

        // Without a sign of them they are gone.
        int opened = _hostile.Count(MessageKind.Opened);
        ulong next = 10_000;
        await Eventually.HoldsAsync(
            () =>
            {
                _hostile.PublishAsync(Requests, new MessageHeader(MessageKind.Open, 0, 0, ++next, 0), null, RawUser.ReplyTo("one", next, 0)).AsTask().Wait();
                Thread.Sleep(100);
                return _hostile.Count(MessageKind.Opened) > opened;
            },
            () => "no room came back");
    }

    [Fact]
    public async Task LongMessages_ThatNeverEnd_TakeNoMemoryOfOthers()
    {
        await BeginAsync();
        await _hostile.SubscribeAsync($"_INBOX.{TwoMachines.Subject}.@one.>");
        string own = await OpenAsync(_hostile, "one", 1);

        await AttackAsync(async () =>
        {
            for (uint number = 1; number < 8000; number++)
                await _hostile.PublishAsync(own, new MessageHeader(MessageKind.Call, Programs.Note, number, 1, 64 << 20), new byte[number % 2 == 0 ? 4096 : 100_000], RawUser.ReplyTo("one", 1, number));
            // Out of order, beyond what was allowed, and of what there is not.
            for (uint number = 1; number < 3000; number++)
                await _hostile.PublishAsync(own, new MessageHeader(MessageKind.Part, 0, number, 1, number * 999), new byte[2000], RawUser.ReplyTo("one", 1, number));
        });
        Assert.StartsWith("0 ", await TextAsync(Programs.Count));
        Assert.True(_hostile.Count(MessageKind.Credit) > 0);
    }

    [Fact]
    public async Task User_ThatIsRemoved_IsCutOffAndOthersGoOn()
    {
        await BeginAsync();
        RunningSystem importer = await _machines.StartAsync(_machines.Importer("one"));
        EndpointCap store = await TwoMachines.ReadyAsync(importer);

        await _machines.Server.RunAsync(NatsServerUsers.Write(_machines.Exported! with { Exports = [.. _machines.Exported!.Exports.Select(export => export with { Grants = [export.Grants[1]] })] }));

        await Eventually.HoldsAsync(() => Fails(store), () => "it goes on");
        for (int i = 0; i < 20; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            Assert.False((await Assert.ThrowsAsync<NotDeliveredException>(() => store.CallAsync(Programs.Who, default, Cancellation).AsTask())).MayHaveActed);
            Assert.InRange(Stopwatch.GetElapsedTime(begin).TotalSeconds, 0, 2);
            Assert.StartsWith("2 ", await TextAsync(Programs.Who));
        }

        static bool Fails(EndpointCap store)
        {
            try
            {
                store.CallAsync(Programs.Who, default, Cancellation).AsTask().GetAwaiter().GetResult().Dispose();
                return false;
            }
            catch (Rel4Exception)
            {
                return true;
            }
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts an exporter, an honest importer that has the second grant, and connects with the key of the first.</summary>
    private async Task BeginAsync()
    {
        _exporter = await _machines.StartAsync(_machines.Exporter(Programs.Serve, "one", "two"));
        _honest = await TwoMachines.ReadyAsync(await _machines.StartAsync(_machines.Importer("two")));
        _hostile = await RawUser.ConnectAsync(_machines, "one");
    }

    /// <summary>Does something, while the honest one goes on as if nothing were, and looks at what it has cost.</summary>
    private async Task AttackAsync(Func<Task> attack)
    {
        int bridge = _exporter["nats"].ProcessId!.Value;
        long before = Memory(bridge), most = before;
        Task attacking = Task.Run(attack, Cancellation);
        var slowest = TimeSpan.Zero;
        int calls = 0;
        for (long end = 0; end == 0 || Environment.TickCount64 < end; calls++)
        {
            long begin = Stopwatch.GetTimestamp();
            Assert.StartsWith("2 ", await TextAsync(Programs.Who));
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(begin).Ticks));
            most = Math.Max(most, Memory(bridge));
            if (attacking.IsCompleted && end == 0)
                end = Environment.TickCount64 + 500;
        }

        await attacking;
        TestContext.Current.TestOutputHelper!.WriteLine($"{calls} calls of another grant, the slowest {slowest.TotalMilliseconds:0} ms; the bridge's memory grew from {before >> 20} to {most >> 20} MiB");
        Assert.Equal(bridge, _exporter["nats"].ProcessId);
        Assert.InRange(slowest.TotalSeconds, 0, 5);
        Assert.InRange(most - before, long.MinValue, MostGrowth);
    }

    private static long Memory(int process) => long.Parse(
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).AsSpan(6).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture) << 10;

    /// <summary>Opens a client.</summary>
    /// <returns>Where its exporter listens.</returns>
    private static async Task<string> OpenAsync(RawUser user, string grant, ulong client)
    {
        await user.PublishAsync($"{TwoMachines.Subject}.@{grant}", new MessageHeader(MessageKind.Open, 0, 0, client, 0), null, RawUser.ReplyTo(grant, client, 0));
        await Eventually.HoldsAsync(() => Answers().Any(), () => "it was not opened");
        return Answers().First().ReplyTo!;

        IEnumerable<NatsMsg<byte[]>> Answers() =>
            user.Received.Where(message => RawUser.Header(message) is { Kind: MessageKind.Opened } header && header.Client == client);
    }

    private Task ViolationsAsync(string what, int times) =>
        Eventually.HoldsAsync(() => _machines.Server.LogText.Split(what).Length - 1 >= times, () => _machines.Server.LogText);

    private string Text(ushort label) => TextAsync(label).GetAwaiter().GetResult();

    private async Task<string> TextAsync(ushort label)
    {
        using IpcResponse response = await _honest.CallAsync(label, default, TimeSpan.FromSeconds(20), Cancellation);
        return Encoding.UTF8.GetString(response.Payload);
    }
}
