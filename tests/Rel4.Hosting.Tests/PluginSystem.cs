using Rel4.Abi;
using Rel4.Hosted.Composition;

namespace Rel4.Hosting.Tests;

/// <summary>Composes a plug-in that the host may call as 'plugin'.</summary>
internal static class PluginSystem
{
    /// <summary>Composes it, started again at once.</summary>
    public static void Compose(SystemBuilder system) =>
        Compose(system, new RestartPolicy { When = RestartCondition.Always, FirstDelay = TimeSpan.FromMilliseconds(1), Factor = 1 });

    /// <summary>Composes it.</summary>
    public static void Compose(SystemBuilder system, RestartPolicy restart)
    {
        EndpointDefinition requests = system.AddEndpoint("requests");
        system.AddTask("plugin", Plugin.Serve).Grant("requests", requests, CapRights.Read | CapRights.Grant).Restart(restart);
        system.Host.Grant("plugin", requests, CapRights.Write | CapRights.Grant, badge: 1);
    }
}
