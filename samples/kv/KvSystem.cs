using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;
using Rel4.Samples.Kv.Audit;
using Rel4.Samples.Kv.Gateway;
using Rel4.Samples.Kv.Store;

namespace Rel4.Samples.Kv;

/// <summary>Composes the key-value service: three processes, and who of them may do what.</summary>
/// <remarks><c>samples/kv/system.json</c> says the same in a file.</remarks>
public static class KvSystem
{
    private static readonly RestartPolicy s_atOnce = RestartPolicy.Always with
    {
        FirstDelay = TimeSpan.FromMilliseconds(20),
        LongestDelay = TimeSpan.FromSeconds(1),
    };

    /// <summary>Composes it.</summary>
    /// <param name="port">The port on 127.0.0.1; 0 for one that is free, which the gateway tells in its first line.</param>
    /// <param name="ipc">How the gateway reaches the store.</param>
    /// <param name="showWrites">Whether the audit shows each write, not only how many there were.</param>
    public static SystemBuilder Compose(int port, KvIpc ipc, bool showWrites = false)
    {
        var builder = new SystemBuilder();
        Add(builder, port, ipc, showWrites);
        return builder;
    }

    /// <summary>Adds it to a system.</summary>
    /// <param name="prefix">What the names of its tasks and objects begin with, where the system has others of the kind.</param>
    /// <inheritdoc cref="Compose"/>
    public static void Add(SystemBuilder builder, int port, KvIpc ipc, bool showWrites = false, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(builder);
        TaskBuilder gateway = builder.AddTask(prefix + "gateway", GatewayTask.Run)
            .Environment(KvSettings.PortVariable, port.ToString(CultureInfo.InvariantCulture))
            .Environment(KvSettings.IpcVariable, $"{ipc}")
            // One descriptor for each client, and 512 for .NET and for telling others that there are too many: ClientLimit.
            .Sandbox(new SandboxPolicy { Sockets = SocketAccess.Internet, OpenDescriptors = 4096 })
            .Restart(s_atOnce);
        if (ipc == KvIpc.None)
            return;

        // Channels are opened by passing frames, hence the right to grant.
        EndpointDefinition requests = builder.AddEndpoint(prefix + "requests");
        EndpointDefinition writes = builder.AddEndpoint(prefix + "writes");
        NotificationDefinition written = builder.AddNotification(prefix + "written");
        gateway.Grant("store", requests, CapRights.Write | CapRights.Grant, badge: 1).StartAfter(prefix + "store");
        builder.AddTask(prefix + "store", StoreTask.Run)
            .Environment(KvSettings.IpcVariable, $"{ipc}")
            .Grant("requests", requests, CapRights.Read | CapRights.Grant)
            .Grant("audit", writes, CapRights.Write | CapRights.Grant, badge: 1)
            .Grant("written", written, CapRights.Write, badge: 1)
            .StartAfter(prefix + "audit")
            .Restart(s_atOnce);
        builder.AddTask(prefix + "audit", AuditTask.Run)
            .Environment(KvSettings.IpcVariable, $"{ipc}")
            .Environment(KvSettings.AuditVariable, showWrites ? "all" : "summary")
            .Grant("writes", writes, CapRights.Read | CapRights.Grant)
            .Grant("written", written, CapRights.Read)
            .Restart(s_atOnce);
    }
}
