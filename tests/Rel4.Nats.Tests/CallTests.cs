using System.Text;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests;
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
        using IpcResponse echo = await first.CallAsync(77, "hello"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal("77 hello", $"{echo.Label} {Encoding.UTF8.GetString(echo.Payload)}");
    }

    private async Task<EndpointCap> StoreAsync(string grant) => await TwoMachines.ReadyAsync(await _machines.StartAsync(_machines.Importer(grant)));

    private static async Task<string> TextAsync(EndpointCap endpoint, ushort label, byte[]? payload = null)
    {
        using IpcResponse response = await endpoint.CallAsync(label, payload, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(response.Payload);
    }
}
