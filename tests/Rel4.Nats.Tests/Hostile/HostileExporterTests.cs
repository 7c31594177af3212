using System.Diagnostics;
using NATS.Client.Core;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests;
using Rel4.Nats.Bridge;
using Rel4.Runtime;

namespace Rel4.Nats.Tests;

/// <summary>Do clients get an end of each call, whoever exports?</summary>
[Collection(nameof(OneKernel))]
public sealed class HostileExporterTests : IAsyncDisposable
{
    private readonly TwoMachines _machines = new();

    public ValueTask DisposeAsync() => _machines.DisposeAsync();

    /// <summary>To the servers, a list of nothing that is allowed allows everything.</summary>
    [Fact]
    public async Task Publish_ByAnExporterWhoseLastGrantWasTakenAway_IsRefusedByTheServer()
    {
        NatsDefinition left = _machines.Exporter(Programs.Serve).Build().Nats!;
        var other = new NatsExport(left.Exports[0].Object, "shop.other", _machines.Keys.File("other")) { Grants = [new NatsGrant("two", _machines.Keys.Public("two"), 2)] };
        await _machines.RunServersAsync(NatsServerUsers.Write([left, new NatsDefinition { Exports = [other] }]));
        await using RawUser hostile = await RawUser.ConnectAsync(_machines, "exporter"), victim = await RawUser.ConnectAsync(_machines, "other");
        await victim.SubscribeAsync("shop.other.@two");

        await hostile.PublishAsync("shop.other.@two", [1]);
        await hostile.FlushAsync();
        await victim.FlushAsync();

        Assert.Empty(victim.Received);
        Assert.Contains("Publish Violation", _machines.Server.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_WithAnExportersKeyForAGrant_IsRefused()
    {
        NatsDefinition both = _machines.Exporter(Programs.Serve, "exporter").Build().Nats!;

        var error = Assert.Throws<SystemDefinitionException>(() => NatsServerUsers.Write([both]));

        Assert.Contains("its key is an exporter's", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_ThatAreGarbage_EndCallsAndNotTheBridge()
    {
        await _machines.RunServersAsync(NatsServerUsers.Write(_machines.Exporter(Programs.Serve, "one").Build().Nats!));
        RunningSystem importer = await _machines.StartAsync(_machines.Importer("one"));
        EndpointCap store = importer.Host.Endpoint("store");
        await using RawUser hostile = await RawUser.ConnectAsync(_machines, "exporter");
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        // Each message has some answers: of all kinds, of this call and others, with lengths that are not so, as from here and from elsewhere.
        await hostile.SubscribeAsync($"{TwoMachines.Subject}.@one", answer: message => AnswerAsync(message));
        await hostile.SubscribeAsync($"{TwoMachines.Subject}.@one.*", answer: message => AnswerAsync(message));

        int ended = 0;
        for (int i = 0; i < 60; i++)
        {
            int length = random.Next(30) == 0 ? 2 << 20 : random.Next(100);
            Task<IpcResponse>[] calls = [.. Enumerable.Range(0, 4).Select(_ => store.CallAsync(Programs.Echo, new byte[length], TimeSpan.FromMilliseconds(200), Cancellation).AsTask())];
            foreach (Task<IpcResponse> call in calls)
            {
                try
                {
                    (await call).Dispose();
                    ended++;
                }
                catch (Exception error) when (error is Rel4Exception or TimeoutException)
                {
                    ended++;
                }
            }
        }

        Assert.Equal(240, ended);
        Assert.Equal(0, importer["nats"].Restarts);

        // Then it is silent: its calls are lost in time, and the next exporter answers.
        await hostile.DisposeAsync();
        await _machines.StartAsync(_machines.Exporter(Programs.Serve, "one"));
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                (await store.CallAsync(Programs.Echo, default, Cancellation)).Dispose();
                break;
            }
            catch (Rel4Exception) when (Stopwatch.GetElapsedTime(begin).TotalSeconds < 30)
            {
                await Task.Delay(20, Cancellation);
            }
        }

        async ValueTask AnswerAsync(NatsMsg<byte[]> message)
        {
            MessageHeader asked = RawUser.Header(message);
            if (message.ReplyTo is null)
                return;
            string[] from = [$"{TwoMachines.Subject}.@one.{Subjects.Random()}", $"{TwoMachines.Subject}.@two.0123", "$SYS.REQ", ""];
            int answers = random.Next(5);
            for (int i = 0; i < answers; i++)
            {
                byte[] payload = new byte[random.Next(20) == 0 ? random.Next(200_000) : random.Next(64)];
                random.NextBytes(payload);
                uint length = random.Next(4) switch { 0 => (uint)payload.Length, 1 => uint.MaxValue, 2 => (uint)random.Next(70 << 20), _ => (uint)random.Next(200) };
                var kind = asked.Kind == MessageKind.Open && random.Next(3) > 0 ? MessageKind.Opened : (MessageKind)random.Next(14);
                var header = new MessageHeader(kind, (ushort)random.Next(10), random.Next(8) == 0 ? 0 : asked.Number, random.Next(8) == 0 ? 5 : asked.Client, length);
                string exporter = from[random.Next(8) is var which && which < from.Length ? which : 0];
                await hostile.PublishAsync(
                    random.Next(10) == 0 ? $"{Subjects.ClientOf(message.ReplyTo)}.{random.Next(100)}" : message.ReplyTo,
                    random.Next(10) == 0 ? payload : RawUser.Bytes(header, payload),
                    exporter.Length == 0 ? null : exporter,
                    random.Next(15) == 0 ? new NatsHeaders { ["x"] = "y" } : null);
            }
        }
    }

    /// <summary>A call waits until its client has an exporter; who answers it before can't know it.</summary>
    [Fact]
    public async Task Answer_BeforeTheCallIsSent_EndsItAndItIsNotSent()
    {
        await _machines.RunServersAsync(NatsServerUsers.Write(_machines.Exporter(Programs.Serve, "one").Build().Nats!));
        await using RawUser hostile = await RawUser.ConnectAsync(_machines, "exporter");
        string own = $"{TwoMachines.Subject}.@one.{Subjects.Random()}";
        await hostile.SubscribeAsync($"{TwoMachines.Subject}.@one", answer: async message =>
        {
            MessageHeader asked = RawUser.Header(message);
            if (asked.Kind != MessageKind.Open)
                return;
            string inbox = Subjects.ClientOf(message.ReplyTo!);
            await hostile.PublishAsync(Subjects.ReplyTo(inbox, 1), asked with { Kind = MessageKind.Reply, Label = 5, Number = 1 }, null, own);
            await hostile.PublishAsync(Subjects.ReplyTo(inbox, 0), asked with { Kind = MessageKind.Opened }, null, own);
        });
        await hostile.SubscribeAsync(own, answer: async message =>
        {
            MessageHeader asked = RawUser.Header(message);
            if (asked.Kind == MessageKind.Call)
                await hostile.PublishAsync(message.ReplyTo!, asked with { Kind = MessageKind.Reply, Label = 6, Length = 0 }, null, own);
        });
        RunningSystem importer = await _machines.StartAsync(_machines.Importer("one"));
        EndpointCap store = importer.Host.Endpoint("store");

        // Until the bridge is connected, calls are refused.
        ushort first = await LabelAsync();
        ushort second = await LabelAsync();

        Assert.Equal((5, 6), (first, second));
        Assert.Equal(1, hostile.Count(MessageKind.Open));
        Assert.Equal(1, hostile.Count(MessageKind.Call));
        Assert.Equal(0, importer["nats"].Restarts);

        async Task<ushort> LabelAsync()
        {
            while (true)
            {
                try
                {
                    using IpcResponse answer = await store.CallAsync(Programs.Echo, default, Cancellation);
                    return answer.Label;
                }
                catch (NotDeliveredException)
                {
                    await Task.Delay(20, Cancellation);
                }
            }
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
