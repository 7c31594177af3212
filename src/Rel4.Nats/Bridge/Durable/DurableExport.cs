using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Delivers here what streams keep for one exported endpoint. On the executor's thread.</summary>
internal sealed class DurableExport(NatsBridgeSettings bridge, NatsExportSettings settings)
{
    private static readonly TimeSpan s_turn = TimeSpan.FromSeconds(1);

    /// <summary>Delivers, without end.</summary>
    public async ValueTask RunAsync()
    {
        Executor executor = Executor.Current!;
        var connection = new BridgeConnection(bridge, settings.Subject, settings.Seed, Subjects.ExporterInbox(settings.Subject));
        await connection.OpenAsync();
        DurableGrant[] grants = [.. settings.Grants.Select(grant => new DurableGrant(connection, settings.Subject, grant))];
        foreach (DurableGrant grant in grants)
            executor.Spawn(grant.RunAsync);
        while (true)
        {
            await executor.Delay(s_turn);
            foreach (DurableGrant grant in grants)
                grant.LookAround();
        }
    }
}
