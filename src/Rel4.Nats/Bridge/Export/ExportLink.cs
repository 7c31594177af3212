using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Carries out what systems on other machines call through one exported endpoint. On the executor's thread.</summary>
internal sealed class ExportLink(NatsBridgeSettings bridge, NatsExportSettings settings, FreeSlots slots, int mostClients)
{
    private static readonly TimeSpan s_turn = TimeSpan.FromSeconds(1);

    /// <summary>Serves, without end.</summary>
    public async ValueTask RunAsync()
    {
        Executor executor = Executor.Current!;
        var connection = new BridgeConnection(bridge, settings.Subject, settings.Seed, Subjects.ExporterInbox(settings.Subject));
        ExportGrant[] grants = [.. settings.Grants.Select(grant => new ExportGrant(connection, settings.Subject, grant, slots, mostClients))];
        await connection.OpenAsync([.. grants.SelectMany(grant => grant.Subscriptions)]);
        while (true)
        {
            await executor.Delay(s_turn);
            foreach (ExportGrant grant in grants)
                grant.LookAround();
        }
    }
}
