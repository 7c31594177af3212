using System.Text;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Nats.Tests;

/// <summary>Is an imported endpoint, to whoever calls it, an endpoint?</summary>
[Collection(nameof(OneKernel))]
public sealed class CallTests : IAsyncDisposable
{
    private readonly TwoMachines _machines = new();

    public ValueTask DisposeAsync() => _machines.DisposeAsync();

    [Fact]
    public async Task CallAsync_OfAnImportedEndpoint_IsAnsweredWithTheGrantsBadge()
    {
        await _machines.StartAsync(_machines.Exporter(Programs.Serve, "one", "two"));
        EndpointCap first = await StoreAsync("one"), second = await StoreAsync("two");

        Assert.StartsWith("1 ", await TextAsync(first, Programs.Who));
        Assert.StartsWith("2 ", await TextAsync(second, Programs.Who));
        using IpcResponse echo = await first.CallAsync(77, "hello"u8.ToArray(), Cancellation);
        Assert.Equal("77 hello", $"{echo.Label} {Encoding.UTF8.GetString(echo.Payload)}");
    }

    [Theory]
    [InlineData(NatsSpread.Clients)]
    [InlineData(NatsSpread.Calls)]
    public async Task CallAsync_OfLongMessages_BringsThemBothWays(NatsSpread spread)
    {
        await _machines.StartAsync(_machines.Exporter(Programs.Serve, "one"));
        EndpointCap store = await StoreAsync("one", spread);
        byte[] payload = new byte[20 << 20];
        Random.Shared.NextBytes(payload);

        Task<IpcResponse> small = store.CallAsync(Programs.Echo, payload.AsMemory(0, 1 << 20), Cancellation).AsTask();
        using IpcResponse large = await store.CallAsync(Programs.Echo, payload, Cancellation);

        Assert.True(large.Payload.SequenceEqual(payload));
        using IpcResponse first = await small;
        Assert.True(first.Payload.SequenceEqual(payload.AsSpan(0, 1 << 20)));
    }

    [Fact]
    public async Task CallAsync_WhereNobodyExports_FailsAtOnceAndWasNotCarriedOut()
    {
        await _machines.Server.RunAsync(NatsServerUsers.Write(_machines.Exporter(Programs.Serve, "one").Build().Nats!));
        RunningSystem importer = await _machines.StartAsync(_machines.Importer("one"));
        EndpointCap store = importer.Host.Endpoint("store");
        // The first waits for the bridge to begin.
        await Assert.ThrowsAsync<NotDeliveredException>(() => store.CallAsync(Programs.Echo, default, Cancellation).AsTask());

        for (int i = 0; i < 3; i++)
        {
            long begin = Environment.TickCount64;
            NotDeliveredException error = await Assert.ThrowsAsync<NotDeliveredException>(() => store.CallAsync(Programs.Echo, default, Cancellation).AsTask());
            Assert.Equal((Rel4ErrorCode.NotDelivered, true, false, "store"), (error.ErrorCode, error.IsTransient, error.MayHaveActed, error.GrantedName));
            Assert.InRange(Environment.TickCount64 - begin, 0, 2000);
        }
    }

    [Fact]
    public async Task CallAsync_OfWhatIsNotAnswered_SaysWhatIsKnown()
    {
        await _machines.StartAsync(_machines.Exporter(Programs.Serve, "one"));
        EndpointCap store = await StoreAsync("one");

        ReplyAbandonedException dropped = await Assert.ThrowsAsync<ReplyAbandonedException>(() => store.CallAsync(Programs.Drop, default, Cancellation).AsTask());
        Assert.True(dropped.MayHaveActed);
        MessageTooLongException request = await Assert.ThrowsAsync<MessageTooLongException>(() => store.CallAsync(Programs.Echo, new byte[(64 << 20) + 1], Cancellation).AsTask());
        Assert.False(request.MayHaveActed);
        ReplyAbandonedException died = await Assert.ThrowsAsync<ReplyAbandonedException>(() => store.CallAsync(Programs.Die, default, Cancellation).AsTask());
        Assert.True(died.MayHaveActed);
        Assert.StartsWith("1 ", await TextAsync(store, Programs.Who));
    }

    [Fact]
    public async Task SendAsync_ThroughAnImportedEndpoint_Arrives()
    {
        await _machines.StartAsync(_machines.Exporter(Programs.Serve, "one"));
        EndpointCap store = await StoreAsync("one");

        for (int i = 0; i < 5000; i++)
            await store.SendAsync(Programs.Note, new byte[3], Cancellation);
        await store.SendAsync(Programs.Note, new byte[2 << 20], Cancellation);

        string expected = $"{15000 + (2 << 20)} 0";
        await Eventually.HoldsAsync(() => TextAsync(store, Programs.Count).GetAwaiter().GetResult() == expected, () => "sends were lost");
    }

    [Fact]
    public async Task Client_ThatIsStopped_IsGoneForTheServerOnTheOtherMachine()
    {
        await _machines.StartAsync(_machines.Exporter(Programs.Serve, "one", "two"));
        EndpointCap second = await StoreAsync("two");
        RunningSystem first = await _machines.StartAsync(_machines.Importer("one"));
        EndpointCap store = await TwoMachines.ReadyAsync(first);
        Task<IpcResponse> held = store.CallAsync(Programs.Hold, default, Cancellation).AsTask();
        (await store.CallAsync(Programs.Echo, default, Cancellation)).Dispose();

        await first.StopAsync(Cancellation);

        await Assert.ThrowsAnyAsync<Rel4Exception>(() => held);
        await Eventually.HoldsAsync(() => TextAsync(second, Programs.Count).GetAwaiter().GetResult() == "0 1", () => "the server did not learn it", TimeSpan.FromSeconds(30));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private async Task<EndpointCap> StoreAsync(string grant, NatsSpread spread = NatsSpread.Clients) =>
        await TwoMachines.ReadyAsync(await _machines.StartAsync(_machines.Importer(grant, spread)));

    private static async Task<string> TextAsync(EndpointCap endpoint, ushort label)
    {
        using IpcResponse response = await endpoint.CallAsync(label, default, TimeSpan.FromSeconds(20), Cancellation);
        return Encoding.UTF8.GetString(response.Payload);
    }
}
