using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Durable;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Nats.Bridge;
using Rel4.Runtime;

namespace Rel4.Nats.Tests;

/// <summary>Does a message that was stored arrive, whoever dies, and say how often it has?</summary>
[Collection(nameof(OneKernel))]
public sealed class KeptTests : IAsyncDisposable
{
    private readonly TwoMachines _machines = new() { Server = new NatsServer { HasJetStream = true }, Delivery = NatsDelivery.AtLeastOnce };

    public ValueTask DisposeAsync() => _machines.DisposeAsync();

    [Fact]
    public async Task SendAsync_WhileNobodyExports_IsStoredAndDeliveredThoughTheServerIsKilled()
    {
        RunningSystem exporter = await ExportAsync("one");
        DurableSender sender = await SenderAsync("one");
        await exporter.StopAsync(Cancellation);
        for (int i = 0; i < 20; i++)
            Assert.Equal(($"order-{i}", false), Known(await sender.SendAsync(KeptPrograms.Take, new byte[] { 7, 8 }, $"order-{i}", Cancellation)));

        _machines.Server.Kill();
        Assert.False((await Assert.ThrowsAnyAsync<Rel4Exception>(async () =>
        {
            // The way is lost first, and known to be then.
            while (await Record.ExceptionAsync(() => sender.SendAsync(KeptPrograms.Take, default, "lost", Cancellation).AsTask()) is ReplyAbandonedException)
            {
            }

            await sender.SendAsync(KeptPrograms.Take, default, "lost", Cancellation);
        })).MayHaveActed);
        await _machines.Server.StartAsync();
        await ExportAsync("one");

        for (int i = 0; i < 20; i++)
            await _machines.Output.WaitForAsync($"[order-{i}] count 1, badge 1, 2 bytes to 15");
        // Its bridge finds its way back, too.
        await StoredAsync(sender, "later");
        await _machines.Output.WaitForAsync("[later] count 1");
    }

    [Theory]
    [InlineData(KeptPrograms.DieAtFirst)]
    [InlineData(KeptPrograms.DropAtFirst)]
    public async Task Message_ThatItsReceiverDoesNotAnswer_IsDeliveredAgainWithItsId(ushort label)
    {
        await ExportAsync("one", "two");
        DurableSender sender = await SenderAsync("two");

        await sender.SendAsync(label, new byte[100_000], "once-more", Cancellation);

        await _machines.Output.WaitForAsync("[once-more] count 1, badge 2, 100000 bytes");
        await _machines.Output.WaitForAsync("[once-more] count 2, badge 2, 100000 bytes");
    }

    [Fact]
    public async Task Message_WhoseExporterIsLost_IsDeliveredByAnother()
    {
        RunningSystem first = await ExportAsync("one");
        DurableSender sender = await SenderAsync("one");
        await sender.SendAsync(KeptPrograms.HoldAtFirst, default, "held", Cancellation);
        await _machines.Output.WaitForAsync("[held] count 1");
        await ExportAsync("one");
        // Longer than JetStream waits for a sign of it: it is under way.
        await Task.Delay(TimeSpan.FromSeconds(6), Cancellation);
        Assert.DoesNotContain(_machines.Output.Output, line => line.StartsWith("[held] count 2", StringComparison.Ordinal));

        await first.StopAsync(Cancellation);

        await _machines.Output.WaitForAsync("[held] count 2, badge 1");
    }

    [Fact]
    public async Task Messages_OfASubjectThatTwoSystemsExport_AreSharedAndEachArrivesOnce()
    {
        await ExportAsync("one");
        DurableSender sender = await SenderAsync("one");
        await ExportAsync("one");

        // Both are there when both have had one: neither asks for as many as are sent at a time.
        int sent = 0;
        for (long limit = Environment.TickCount64 + 30_000; Shared().Select(line => line.Split(' ')[^1]).Distinct().Count() < 2; await Task.Delay(100, Cancellation))
        {
            Assert.True(Environment.TickCount64 < limit, "one of them had all");
            await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => sender.SendAsync(KeptPrograms.Take, new byte[9], $"shared-{sent++}", Cancellation).AsTask()));
            await _machines.Output.WaitForAsync("[shared-", sent);
        }

        // None was repeated either: nothing was lost on the way.
        Assert.Equal(sent, Shared().Count());
        Assert.Equal(sent, Shared().Select(line => line.Split(']')[0]).Distinct().Count());

        IEnumerable<string> Shared() => _machines.Output.Output.Where(line => line.StartsWith("[shared-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SendAsync_WithAnIdThatWasSent_IsStoredOnceForEachGrant()
    {
        await ExportAsync("one", "two");
        DurableSender first = await SenderAsync("one"), second = await SenderAsync("two");

        DurableReceipt stored = await first.SendAsync(KeptPrograms.Take, default, "same", Cancellation), again = await first.SendAsync(KeptPrograms.Take, default, "same", Cancellation);
        DurableReceipt other = await second.SendAsync(KeptPrograms.Take, default, "same", Cancellation);
        await first.SendAsync(KeptPrograms.Take, default, "last", Cancellation);

        Assert.Equal((false, true, false), (stored.WasStoredBefore, again.WasStoredBefore, other.WasStoredBefore));
        Assert.Equal(stored.Sequence, again.Sequence);
        await _machines.Output.WaitForAsync("[last] count 1, badge 1");
        await _machines.Output.WaitForAsync("[same] count 1, badge 2");
        Assert.Single(_machines.Output.Output, line => line.StartsWith("[same] count 1, badge 1", StringComparison.Ordinal));
        Assert.NotEqual((await first.SendAsync(KeptPrograms.Take, default, null, Cancellation)).Id, (await first.SendAsync(KeptPrograms.Take, default, null, Cancellation)).Id);
    }

    [Fact]
    public async Task SendAsync_OfWhatCantBeStored_IsRefused()
    {
        await _machines.Server.RunAsync(NatsServerUsers.Write(_machines.Exporter(KeptPrograms.Receive, "one").Build().Nats!));
        RunningSystem importer = await _machines.StartAsync(_machines.Importer("one"));
        EndpointCap store = importer.Host.Endpoint("store");
        var sender = new DurableSender(store);
        // Nobody has exported it ever.
        Assert.False((await Assert.ThrowsAsync<NotDeliveredException>(() => sender.SendAsync(1, default, null, Cancellation).AsTask())).MayHaveActed);
        await MakeStreamAsync(100_000);
        await StoredAsync(sender, "first");

        MessageTooLongException tooLong = await Assert.ThrowsAsync<MessageTooLongException>(() => sender.SendAsync(1, new byte[1 << 20], null, Cancellation).AsTask());
        Assert.InRange(tooLong.Limit ?? 0, (1 << 20) - 256, 1 << 20);
        Assert.True((await Assert.ThrowsAsync<NotDeliveredException>(() => sender.SendAsync(1, new byte[100_000], null, Cancellation).AsTask())).IsTransient);
        await Assert.ThrowsAsync<ArgumentException>(() => sender.SendAsync(1, default, "two words", Cancellation).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => sender.SendAsync(1, default, new string('x', 65), Cancellation).AsTask());
        await Assert.ThrowsAsync<NotDeliveredException>(() => store.CallAsync(1, "no id"u8.ToArray(), Cancellation).AsTask());

        // Limits that were changed by who runs the servers are theirs.
        await ExportAsync("one");
        await _machines.Output.WaitForAsync("[first] count 1");
    }

    [Fact]
    public async Task SendAsync_ThroughAnEndpointThatStoresNothing_SaysSo()
    {
        await using var machines = new TwoMachines();
        await machines.StartAsync(machines.Exporter(Programs.Serve, "one"));
        EndpointCap store = await TwoMachines.ReadyAsync(await machines.StartAsync(machines.Importer("one")));

        await Assert.ThrowsAsync<InvalidOperationException>(() => new DurableSender(store).SendAsync(Programs.Echo, default, null, Cancellation).AsTask());
    }

    [Fact]
    public async Task Importer_WithARawConnection_CanNeitherReadNorPurgeNorAcknowledgeNorForge()
    {
        RunningSystem exporter = await ExportAsync("one", "two");
        DurableSender sender = await SenderAsync("two");
        await exporter.StopAsync(Cancellation);
        await sender.SendAsync(KeptPrograms.Take, default, "precious", Cancellation);
        string stream = Subjects.Stream(TwoMachines.Subject, "two"), own = Subjects.Requests(TwoMachines.Subject, "one"), others = Subjects.Requests(TwoMachines.Subject, "two");
        await using NatsConnection hostile = Connect("one", Subjects.Inbox(TwoMachines.Subject, "one"));
        await hostile.ConnectAsync();
        string[] forbidden =
        [
            $"$JS.API.STREAM.INFO.{stream}", $"$JS.API.STREAM.NAMES", $"$JS.API.STREAM.PURGE.{stream}", $"$JS.API.STREAM.DELETE.{stream}", $"$JS.API.STREAM.MSG.GET.{stream}", $"$JS.API.STREAM.MSG.DELETE.{stream}",
            $"$JS.API.CONSUMER.CREATE.{stream}.mine", $"$JS.API.CONSUMER.MSG.NEXT.{stream}.{Subjects.Consumer}", $"$JS.ACK.{stream}.{Subjects.Consumer}.1.1.1.1.0", others,
        ];
        foreach (string subject in forbidden)
            await hostile.PublishAsync(subject, "{}"u8.ToArray(), cancellationToken: Cancellation);
        // JetStream's own answers go wherever they are wanted. That is no way around: they begin with {"stream":…,"seq":1}, which is a request to delete a message, and to purge what is before it.
        string[] bent =
        [
            $"$JS.API.STREAM.MSG.DELETE.{stream}", $"$JS.API.STREAM.PURGE.{stream}", $"$JS.API.STREAM.DELETE.{stream}", $"$JS.API.CONSUMER.DELETE.{stream}.{Subjects.Consumer}",
            $"$JS.API.CONSUMER.MSG.NEXT.{stream}.{Subjects.Consumer}", others,
        ];
        foreach (string subject in bent)
        {
            for (int i = 0; i < 8; i++)
                await hostile.PublishAsync(own, "no message of a bridge"u8.ToArray(), replyTo: subject, cancellationToken: Cancellation);
        }

        // What a bridge would not write is none of its messages.
        MessageHeader header = new(MessageKind.Kept, KeptPrograms.Take, 0, 0, 0);
        foreach ((MessageHeader Header, string? Id) wrong in new[] { (header, null), (header, new string('x', 65)), (header, "two words"), (header with { Length = 1 }, "long"), (header with { Kind = MessageKind.Call }, "call") })
        {
            NatsHeaders headers = wrong.Id is null ? [] : new NatsHeaders { [DurableDelivery.IdHeader] = wrong.Id };
            await hostile.PublishAsync(own, new Outgoing(wrong.Header), headers, serializer: Outgoing.Serializer.Instance, cancellationToken: Cancellation);
        }

        string[] notHeard = [own, others, $"{Subjects.ExporterInbox(TwoMachines.Subject)}.>", $"{Subjects.Inbox(TwoMachines.Subject, "two")}.>", "$JS.>", ">"];
        foreach (string subject in notHeard)
            await hostile.SubscribeCoreAsync<byte[]>(subject, cancellationToken: Cancellation);
        await hostile.PingAsync(Cancellation);

        foreach (string subject in forbidden)
            Assert.Contains("Publish Violation - ", Line(subject), StringComparison.Ordinal);
        foreach (string subject in notHeard)
            Assert.Contains($"Subscription Violation - Nkey \"{_machines.Keys.Public("one")}\", Subject \"{subject}\"", _machines.Server.LogText, StringComparison.Ordinal);
        await StoredAsync(sender, "last");
        await ExportAsync("one", "two");
        await _machines.Output.WaitForAsync("[last] count 1, badge 2");
        await _machines.Output.WaitForAsync("[precious] count 1, badge 2");
        Assert.DoesNotContain(_machines.Output.Output, line => line.Contains("badge 1", StringComparison.Ordinal) && !line.Contains("[ready]", StringComparison.Ordinal));
        Assert.DoesNotContain(_machines.Output.Output, line => line.StartsWith("unreadable", StringComparison.Ordinal));

        string Line(string subject) => _machines.Server.LogText.Split('\n').FirstOrDefault(line => line.Contains($"Subject \"{subject}\"", StringComparison.Ordinal)) ?? "";
    }

    [Fact]
    public void Write_OfWhatIsKept_GivesTheLeast()
    {
        string users = NatsServerUsers.Write(_machines.Exporter(KeptPrograms.Receive, "one").Build().Nats!);

        Assert.Equal(
            $$"""
            accounts {
              REL4 {
                jetstream: enabled
                users: [
            {{string.Join('\n', new[] { (Key: _machines.Keys.Public("one"), May: """publish: { allow: ["shop.store.@one"] }, subscribe: { allow: ["_INBOX.shop.store.@one.>"] }"""), (Key: _machines.Keys.Public("exporter"), May: """publish: { allow: ["$JS.ACK.shop~store@one.rel4.>", "$JS.API.CONSUMER.CREATE.shop~store@one.rel4", "$JS.API.CONSUMER.MSG.NEXT.shop~store@one.rel4", "$JS.API.STREAM.CREATE.shop~store@one", "$JS.API.STREAM.INFO.shop~store@one"] }, subscribe: { allow: ["_INBOX.shop.store.@.>"] }""") }.OrderBy(user => user.Key, StringComparer.Ordinal).Select(user => $"      {{ nkey: {user.Key}\n        permissions: {{ {user.May} }} }}"))}}
                ]
              }
            }

            """,
            users);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static (string Id, bool WasStoredBefore) Known(DurableReceipt receipt) => (receipt.Id, receipt.WasStoredBefore);

    private Task<RunningSystem> ExportAsync(params ReadOnlySpan<string> grants) => _machines.StartAsync(_machines.Exporter(KeptPrograms.Receive, grants));

    /// <summary>Starts a system that imports the endpoint, and waits until something is stored through it.</summary>
    private async Task<DurableSender> SenderAsync(string grant)
    {
        var sender = new DurableSender((await _machines.StartAsync(_machines.Importer(grant))).Host.Endpoint("store"));
        await StoredAsync(sender, "ready");
        return sender;
    }

    private static async Task StoredAsync(DurableSender sender, string id)
    {
        long limit = Environment.TickCount64 + 30_000;
        while (true)
        {
            try
            {
                await sender.SendAsync(KeptPrograms.Take, default, id, Cancellation);
                return;
            }
            catch (Rel4Exception) when (Environment.TickCount64 < limit)
            {
                await Task.Delay(20, Cancellation);
            }
        }
    }

    private NatsConnection Connect(string key, string inbox)
    {
        string seed = File.ReadAllText(_machines.Keys.File(key)).Trim();
        return new NatsConnection(new NatsOpts { Url = _machines.Server.Url, InboxPrefix = inbox, AuthOpts = new NatsAuthOpts { NKey = _machines.Keys.Public(key), Seed = seed } });
    }

    private async Task MakeStreamAsync(long bytes)
    {
        await using NatsConnection connection = Connect("exporter", Subjects.ExporterInbox(TwoMachines.Subject));
        await new NatsJSContext(connection).CreateStreamAsync(
            new StreamConfig(Subjects.Stream(TwoMachines.Subject, "one"), [Subjects.Requests(TwoMachines.Subject, "one")])
            {
                Retention = StreamConfigRetention.Workqueue, Discard = StreamConfigDiscard.New, MaxBytes = bytes, DenyDelete = true, DenyPurge = true,
            },
            Cancellation);
    }
}
