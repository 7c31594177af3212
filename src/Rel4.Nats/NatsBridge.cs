using System.Text.Json;
using Rel4.Hosted.Composition;
using Rel4.Nats.Bridge;
using Rel4.Runtime;

namespace Rel4.Nats;

/// <summary>Is the program of the task that bridges a system to others over NATS (<see cref="NatsDefinition"/>).</summary>
/// <remarks>
/// It has no file, and the network. What peers and servers send it is checked before it is believed; who calls is known by the subject, which the server lets no other user publish to.
/// It has a connection for each thing that is imported or exported, as the user of that.
/// </remarks>
public static class NatsBridge
{
    /// <summary>How many clients on other machines its memory has channels for. Each grant has its share, so that none takes another's.</summary>
    private const int MostClients = 448;

    /// <summary>Runs it. Systems name this method; nobody calls it.</summary>
    /// <exception cref="InvalidOperationException">This process is not that task.</exception>
    public static void Run()
    {
        string text = Environment.GetEnvironmentVariable(NatsBridgeSettings.Variable)
            ?? throw new InvalidOperationException("This process is not the bridge of a system: what to export and import is not set. Compose it by SystemBuilder.ExportEndpoint and ImportEndpoint.");
        Environment.SetEnvironmentVariable(NatsBridgeSettings.Variable, null);
        NatsBridgeSettings settings = JsonSerializer.Deserialize(text, NatsBridgeSettingsContext.Default.NatsBridgeSettings)!;
        ReL4.Run(() => RunAsync(settings));
    }

    private static async ValueTask RunAsync(NatsBridgeSettings settings)
    {
        var slots = new FreeSlots();
        int mostClients = Math.Max(1, MostClients / Math.Max(1, settings.Exports.Where(export => !export.IsNotification).Sum(export => export.Grants.Length)));
        List<Func<ValueTask>> links = [];
        foreach (NatsExportSettings export in settings.Exports)
        {
            links.Add(export.IsNotification ? () => new ValueTask(new SignalExport(settings, export).RunAsync())
                : export.IsDurable ? new DurableExport(settings, export).RunAsync : new ExportLink(settings, export, slots, mostClients).RunAsync);
        }

        foreach (NatsImportSettings import in settings.Imports)
        {
            links.Add(import.IsNotification ? new SignalImport(settings, import).RunAsync
                : import.IsDurable ? new DurableImport(settings, import).RunAsync : new ImportLink(settings, import).RunAsync);
        }

        Executor executor = Executor.Current!;
        // Work comes from the servers as often as from tasks here, and they need the processor.
        executor.MaySpin = false;
        // A fault of ours, whoever provoked it: half a bridge would leave calls without an end. Started again, it is whole, and who waits is told.
        executor.CoroutineFailed += static (_, failure) => Environment.FailFast("The bridge has failed.", failure.Exception);
        foreach (Func<ValueTask> link in links)
            executor.Spawn(link);
        await executor.Suspend();
    }
}
