using System.Globalization;
using System.Net;

namespace Rel4.Samples.Kv;

/// <summary>Reads what the tasks are told in their environment, where the system is composed.</summary>
internal static class KvSettings
{
    /// <summary>Names the variable with the port to listen on; 0 for any that is free.</summary>
    public const string PortVariable = "KV_PORT";

    /// <summary>Names the variable with the address to listen on; that of this machine alone if there is none.</summary>
    public const string AddressVariable = "KV_ADDRESS";

    /// <summary>Names the variable with the names of the gateway's grants for stores, divided by commas, if there are several that share the keys.</summary>
    public const string StoresVariable = "KV_STORES";

    /// <summary>Names the variable with the <see cref="KvIpc"/>.</summary>
    public const string IpcVariable = "KV_IPC";

    /// <summary>Names the variable that says which writes the audit shows: <c>summary</c> or <c>all</c>.</summary>
    public const string AuditVariable = "KV_AUDIT";

    /// <summary>Gets the port.</summary>
    public static int Port => int.Parse(Environment.GetEnvironmentVariable(PortVariable) ?? "0", CultureInfo.InvariantCulture);

    /// <summary>Gets the address.</summary>
    public static IPAddress Address => Environment.GetEnvironmentVariable(AddressVariable) is { } text ? IPAddress.Parse(text) : IPAddress.Loopback;

    /// <summary>Gets the names of the gateway's grants for stores.</summary>
    public static string[] Stores => (Environment.GetEnvironmentVariable(StoresVariable) ?? "store").Split(',');

    /// <summary>Gets how processes talk.</summary>
    public static KvIpc Ipc => Read(IpcVariable, KvIpc.Async);

    /// <summary>Gets which writes the audit shows.</summary>
    public static Audit.AuditDetail Detail => Read(AuditVariable, Audit.AuditDetail.Summary);

    private static T Read<T>(string variable, T byDefault)
        where T : struct, Enum =>
        Environment.GetEnvironmentVariable(variable) is { } text ? Enum.Parse<T>(text, ignoreCase: true) : byDefault;
}
