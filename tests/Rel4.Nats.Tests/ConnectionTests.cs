using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Nats.Tests;

/// <summary>Does the bridge, in its sandbox, get to servers as it is told: by name, and by certificates that it was given?</summary>
[Collection(nameof(OneKernel))]
public sealed class ConnectionTests : IDisposable
{
    private readonly Authority _authority = new(), _other = new();

    public void Dispose()
    {
        _authority.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData("nats://localhost")]
    [InlineData("tls://localhost")]
    [InlineData("tls://127.0.0.1")]
    // Told of an authority, it takes no server without a certificate of that.
    [InlineData("nats://127.0.0.1")]
    public async Task Server_ByNameAndByCertificate_IsFound(string place)
    {
        bool isSecured = place != "nats://localhost";
        await using var machines = new TwoMachines { Server = new NatsServer(isSecured ? _authority.ServerLines : "", place: place) };
        await machines.StartAsync(Trusting(machines.Exporter(Programs.Serve, "one"), isSecured ? _authority : null));

        EndpointCap store = await TwoMachines.ReadyAsync(await machines.StartAsync(Trusting(machines.Importer("one"), isSecured ? _authority : null)));

        using IpcResponse echo = await store.CallAsync(Programs.Echo, "hello"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal("hello"u8, echo.Payload);
    }

    [Fact]
    public async Task Authorities_OfOneFile_AreAllTrusted()
    {
        await using var machines = new TwoMachines { Server = new NatsServer(_authority.ServerLines, place: "tls://localhost") };
        await File.AppendAllTextAsync(_other.Certificate, "\n" + await File.ReadAllTextAsync(_authority.Certificate, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        await machines.StartAsync(Trusting(machines.Exporter(Programs.Serve, "one"), _other));

        await TwoMachines.ReadyAsync(await machines.StartAsync(Trusting(machines.Importer("one"), _other)));
    }

    /// <summary>Servers that may be anybody.</summary>
    /// <param name="place">How the bridge is told to connect.</param>
    /// <param name="isSecured">Whether the server has a certificate.</param>
    /// <param name="isTold">Whether the bridge is told of an authority, which is another one.</param>
    /// <param name="why">What it says.</param>
    [Theory]
    [InlineData("tls://localhost", true, true, "certificate")]
    [InlineData("tls://localhost", true, false, "certificate")]
    [InlineData("tls://localhost", false, false, "does not support TLS")]
    [InlineData("nats://localhost", false, true, "does not support TLS")]
    public async Task Server_WithoutACertificateThatIsTrusted_IsRefusedAndSaidSo(string place, bool isSecured, bool isTold, string why)
    {
        await using var machines = new TwoMachines { Server = new NatsServer(isSecured ? _authority.ServerLines : "", place: place) };
        await machines.Server.RunAsync(NatsServerUsers.Write(machines.Exporter(Programs.Serve, "one").Build().Nats!));

        RunningSystem importer = await machines.StartAsync(Trusting(machines.Importer("one"), isTold ? _other : null));

        await Eventually.HoldsAsync(() => machines.Output.All.Contains($"nats: nats {TwoMachines.Subject}: ", StringComparison.Ordinal), () => machines.Output.All, TimeSpan.FromSeconds(30));
        Assert.Contains(why, machines.Output.All, StringComparison.Ordinal);
        NotDeliveredException error = await Assert.ThrowsAsync<NotDeliveredException>(
            () => importer.Host.Endpoint("store").CallAsync(Programs.Who, default, TestContext.Current.CancellationToken).AsTask());
        Assert.False(error.MayHaveActed);
    }

    [Fact]
    public async Task Grant_ThatIsTakenAway_CallsNoMore()
    {
        await using var machines = new TwoMachines();
        await machines.StartAsync(machines.Exporter(Programs.Serve, "one", "two"));
        EndpointCap store = await TwoMachines.ReadyAsync(await machines.StartAsync(machines.Importer("one")));
        NatsExport export = machines.Exported!.Exports[0];

        await machines.Server.RunAsync(NatsServerUsers.Write(machines.Exported with { Exports = [export with { Grants = export.Grants.RemoveAll(grant => grant.Name == "one") }] }));

        // The first may have been under way when the server cut its user off.
        await Eventually.HoldsAsync(() => FailsUndelivered(store), () => machines.Output.All, TimeSpan.FromSeconds(30));
        Assert.True(FailsUndelivered(store));
        // The other one is as it was.
        await TwoMachines.ReadyAsync(await machines.StartAsync(machines.Importer("two")));
        Assert.True(FailsUndelivered(store));
    }

    private static bool FailsUndelivered(EndpointCap store)
    {
        try
        {
            store.CallAsync(Programs.Who, default, TimeSpan.FromSeconds(20)).AsTask().GetAwaiter().GetResult().Dispose();
            return false;
        }
        catch (NotDeliveredException)
        {
            return true;
        }
        catch (ReplyAbandonedException)
        {
            return false;
        }
    }

    private static SystemBuilder Trusting(SystemBuilder builder, Authority? authority)
    {
        if (authority is not null)
            builder.Nats.CertificateAuthority(authority.Certificate);
        return builder;
    }
}
