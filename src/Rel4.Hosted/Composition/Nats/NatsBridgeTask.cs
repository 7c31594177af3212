using System.Collections.Immutable;
using System.Numerics;
using System.Text.Json;
using Rel4.Abi;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.TaskSide;

namespace Rel4.Hosted.Composition;

/// <summary>Makes the bridge's task: the only one that has the network for what is exported and imported, and of the system's objects nothing else.</summary>
internal static class NatsBridgeTask
{
    private const string Library = "Rel4.Nats";

    /// <summary>Log2 of its memory for channels: one for each client on another machine, at 2 MiB, of which what is touched becomes real.</summary>
    private const int BridgeMemoryBits = 30;

    private const int BridgeCNodeBits = 14;

    private static readonly RestartPolicy s_restart = RestartPolicy.Always with { FirstDelay = TimeSpan.FromMilliseconds(50), LongestDelay = TimeSpan.FromSeconds(5) };

    /// <summary>Makes it.</summary>
    /// <exception cref="SystemDefinitionException">A key can't be read, or the program is missing.</exception>
    public static TaskDefinition Create(NatsDefinition nats)
    {
        List<SystemProblem> problems = [];
        var grants = ImmutableArray.CreateBuilder<GrantDefinition>();
        NatsExportSettings[] exports = [.. nats.Exports.Select((export, index) => Settings(export, $"export{index}", grants, problems))];
        NatsImportSettings[] imports = [.. nats.Imports.Select((import, index) => Settings(import, $"import{index}", grants, problems))];
        string? authority = nats.CertificateAuthority is { } file ? ReadFile(file, "nats, certificate authority", problems) : null;
        string program = Path.Combine(AppContext.BaseDirectory, $"{Library}.dll");
        if (AheadOfTimeStartup.IsAheadOfTime)
            problems.Add(new SystemProblem("nats", "this program was compiled ahead of time, and has no methods that another process could find by name: the bridge is one", "Publish it as files, or run the system by 'rel4 run'"));
        else if (!File.Exists(program))
            problems.Add(new SystemProblem("nats", $"the bridge's program, {program}, is missing", $"Add the package {Library} to the program that composes the system"));
        if (problems.Count > 0)
            throw new SystemDefinitionException([.. problems]);
        var settings = new NatsBridgeSettings(NatsDefinition.BridgeName, [.. nats.Servers], authority, exports, imports);
        return new TaskDefinition(
            NatsDefinition.BridgeName,
            new TaskProgram(HostProgram.PathFor(typeof(NatsBridgeTask).Assembly)) { Method = new TaskMethod(Library, $"{Library}.NatsBridge", "Run") })
        {
            Grants = grants.ToImmutable(),
            Environment = ImmutableSortedDictionary<string, string>.Empty.Add(
                NatsBridgeSettings.Variable, JsonSerializer.Serialize(settings, NatsBridgeSettingsContext.Default.NatsBridgeSettings)),
            Sandbox = new SandboxPolicy { Sockets = SocketAccess.Internet },
            Restart = s_restart,
            AsyncMemoryBits = BridgeMemoryBits,
            CNodeBits = BridgeCNodeBits,
        };
    }

    private static NatsExportSettings Settings(NatsExport export, string name, ImmutableArray<GrantDefinition>.Builder grants, List<SystemProblem> problems)
    {
        bool isNotification = export.Object is NotificationDefinition;
        return new NatsExportSettings(
            export.Subject,
            ReadSeed(export.KeyFile, $"nats, export '{export.Subject}'", problems),
            isNotification,
            export.Delivery == NatsDelivery.AtLeastOnce,
            [.. export.Grants.Select((grant, index) => isNotification ? Bits(grant, index) : Whole(grant, index))]);

        NatsGrantSettings Whole(NatsGrant grant, int index) => new(grant.Name, [Add($"{name}.{index}", CapRights.Write | CapRights.Grant, grant.Badge)], []);

        NatsGrantSettings Bits(NatsGrant grant, int index)
        {
            ulong[] bits = [.. Enumerable.Range(0, 64).Select(bit => 1UL << bit).Where(bit => (grant.Badge & bit) != 0)];
            return new NatsGrantSettings(grant.Name, [.. bits.Select(bit => Add($"{name}.{index}.{BitOperations.Log2(bit)}", CapRights.Write, bit))], bits);
        }

        string Add(string capability, CapRights rights, ulong badge)
        {
            grants.Add(new GrantDefinition(capability, export.Object, rights, badge));
            return capability;
        }
    }

    private static NatsImportSettings Settings(NatsImport import, string name, ImmutableArray<GrantDefinition>.Builder grants, List<SystemProblem> problems)
    {
        bool isNotification = import.Object is NotificationDefinition;
        grants.Add(new GrantDefinition(name, import.Object, isNotification ? CapRights.Read : CapRights.Read | CapRights.Grant));
        return new NatsImportSettings(
            name,
            import.Subject,
            import.Grant,
            ReadSeed(import.KeyFile, $"nats, import '{import.Object.Name}'", problems),
            isNotification,
            import.Delivery == NatsDelivery.AtLeastOnce,
            import.Spread == NatsSpread.Calls);
    }

    private static string ReadSeed(string path, string where, List<SystemProblem> problems)
    {
        string seed = ReadFile(path, where, problems).Trim();
        if (seed.Length > 0 && !NatsValidation.IsSeed(seed))
            problems.Add(new SystemProblem(where, $"'{path}' holds no seed of an NKey user", "Make one by 'rel4 nats key FILE'"));
        return seed;
    }

    private static string ReadFile(string path, string where, List<SystemProblem> problems)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add(new SystemProblem(where, $"'{path}' can't be read: {error.Message.TrimEnd('.')}", "Make a key by 'rel4 nats key FILE', or give its file"));
            return "";
        }
    }
}
