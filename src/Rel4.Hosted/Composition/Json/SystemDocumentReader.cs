using System.Collections.Immutable;
using Rel4.Abi;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Composition.Json;

/// <summary>Turns what a system file says into a definition.</summary>
/// <param name="folder">The folder that relative paths start at.</param>
internal sealed class SystemDocumentReader(string folder)
{
    public SystemDefinition Read(SystemDocument document)
    {
        ImmutableArray<ObjectDefinition> objects =
        [
            .. document.Endpoints.Select(name => new EndpointDefinition(name)),
            .. document.Notifications.Select(name => new NotificationDefinition(name)),
            .. document.Frames.Select(frame => new FrameDefinition(frame.Key, frame.Value)),
            .. document.Nats is { } imported ? imported.Imports.Select(import => Read(import.Key, import.Value)) : [],
        ];
        return SystemDefinition.Create(
            objects,
            [.. document.Tasks.Select(task => Read(task.Key, task.Value, objects))],
            Read(document.Kernel ?? new KernelDocument()),
            nats: document.Nats is { } nats ? Read(nats, objects) : null);
    }

    public TaskDefinition Read(string name, TaskDocument document, ImmutableArray<ObjectDefinition> objects)
    {
        TaskDefinition task = ReadAllButContentRoot(name, document, objects);
        return document.ContentRoot is { Length: > 0 } root ? new TaskBuilder(task).ContentRoot(Resolve(root)).Definition : task;
    }

    private static ObjectDefinition Read(string name, NatsImportDocument document) =>
        document.Notification ? new NotificationDefinition(name) : new EndpointDefinition(name);

    private NatsDefinition Read(NatsDocument document, ImmutableArray<ObjectDefinition> objects) => new()
    {
        Servers = [.. document.Servers],
        CertificateAuthority = document.CertificateAuthority is { } authority ? Resolve(authority) : null,
        Exports =
        [
            .. document.Exports.Select(export => new NatsExport(Find(export.Value.Object, objects), export.Key, Resolve(export.Value.KeyFile))
            {
                Grants = [.. export.Value.Grants.Select(grant => new NatsGrant(grant.Key, grant.Value.Key, grant.Value.Badge))],
                Delivery = Delivery(export.Value.AtLeastOnce),
            }),
        ],
        Imports =
        [
            .. document.Imports.Select(import => new NatsImport(Find(import.Key, objects), import.Value.Subject, import.Value.Grant, Resolve(import.Value.KeyFile))
            {
                Spread = (NatsSpread)import.Value.Spread,
                Delivery = Delivery(import.Value.AtLeastOnce),
            }),
        ],
    };

    private static NatsDelivery Delivery(bool isAtLeastOnce) => isAtLeastOnce ? NatsDelivery.AtLeastOnce : NatsDelivery.AtMostOnce;

    // What is missing is told with all that is wrong, by the definition's own check.
    private static ObjectDefinition Find(string name, ImmutableArray<ObjectDefinition> objects) =>
        objects.FirstOrDefault(definition => definition.Name == name) ?? new MissingObject(name);

    private static HostedKernelOptions Read(KernelDocument document)
    {
        var byDefault = new HostedKernelOptions();
        return byDefault with
        {
            MemoryBits = document.MemoryBits ?? byDefault.MemoryBits,
            RootCNodeBits = document.RootCNodeBits ?? byDefault.RootCNodeBits,
            Receivers = document.Receivers ?? byDefault.Receivers,
            Senders = document.Senders ?? byDefault.Senders,
        };
    }

    private TaskDefinition ReadAllButContentRoot(string name, TaskDocument document, ImmutableArray<ObjectDefinition> objects) =>
        new(name, new TaskProgram(Resolve(document.Program))
        {
            Arguments = [.. document.Arguments],
            Method = document.Method is { } method ? new TaskMethod(method.Assembly, method.Type, method.Name) : null,
        })
        {
            Grants = [.. document.Grants.Select(grant => Read(grant.Key, grant.Value, objects))],
            Memory = [.. document.Memory.Select(memory => new MemoryDefinition(memory.Key, memory.Value))],
            AsyncMemoryBits = document.AsyncMemoryBits ?? TaskDefinition.DefaultAsyncMemoryBits,
            StartAfter = [.. document.StartAfter],
            Restart = document.Restart is { } restart ? Read(restart) : RestartPolicy.Never,
            IsOptional = document.Optional,
            Watch = document.Watch is { } watch ? new WatchPolicy(Seconds(watch.Seconds)!.Value, watch.Kill) : null,
            Environment = document.Environment.ToImmutableSortedDictionary(),
            Sandbox = document.Sandbox is { } sandbox ? Read(sandbox) : SandboxPolicy.Strict,
            Limits = document.Limits is { } limits
                ? new TaskLimits { MemoryBytes = limits.MemoryBytes, Processors = limits.Processors, Threads = limits.Threads, IsRequired = limits.Required }
                : TaskLimits.None,
            Debug = document.Debug is { } debug ? new DebugPolicy(debug.Wait) : null,
            CNodeBits = document.CNodeBits ?? TaskDefinition.DefaultCNodeBits,
        };

    private static GrantDefinition Read(string name, GrantDocument document, ImmutableArray<ObjectDefinition> objects)
    {
        CapRights rights = document.Rights.Aggregate(CapRights.None, (all, right) => all | Read(right));
        return new GrantDefinition(name, Find(document.Object, objects), rights, document.Badge);
    }

    private static CapRights Read(Right right) => right switch
    {
        Right.Read => CapRights.Read,
        Right.Write => CapRights.Write,
        Right.Grant => CapRights.Grant,
        _ => CapRights.GrantReply,
    };

    private static RestartPolicy Read(RestartDocument document)
    {
        RestartPolicy byDefault = RestartPolicy.Never;
        return new RestartPolicy
        {
            When = (RestartCondition)document.When,
            FirstDelay = Seconds(document.FirstDelaySeconds) ?? byDefault.FirstDelay,
            Factor = document.Factor ?? byDefault.Factor,
            LongestDelay = Seconds(document.LongestDelaySeconds) ?? byDefault.LongestDelay,
            HealthyAfter = Seconds(document.HealthyAfterSeconds) ?? byDefault.HealthyAfter,
            Limit = document.Limit,
        };
    }

    /// <summary>Reads a time. What is longer than a century is as good as for ever, and would not fit.</summary>
    private static TimeSpan? Seconds(double? seconds)
    {
        const double Century = 100 * 365.25 * 24 * 60 * 60;
        return seconds is { } value ? TimeSpan.FromSeconds(Math.Clamp(value, -Century, Century)) : null;
    }

    private SandboxPolicy Read(SandboxDocument document)
    {
        SandboxPolicy strict = SandboxPolicy.Strict;
        return new SandboxPolicy
        {
            Sockets = document.Sockets.Aggregate(
                SocketAccess.None, (all, kind) => all | (kind == SocketKind.Unix ? SocketAccess.Unix : SocketAccess.Internet)),
            ReadablePaths = [.. document.Readable.Select(path => Resolve(path))],
            WritablePaths = [.. document.Writable.Select(path => Resolve(path))],
            RequiredLayers = document.Require.Aggregate(SandboxLayers.None, (all, layer) => all | (SandboxLayers)layer),
            OpenDescriptors = document.OpenDescriptors ?? strict.OpenDescriptors,
        };
    }

    /// <summary>Finds a path. An empty one, which is none, stays so.</summary>
    private string Resolve(string path) => path.Length > 0 ? Path.GetFullPath(path, folder) : path;

    /// <summary>Stands for an object that the file does not have.</summary>
    private sealed record MissingObject(string Name) : ObjectDefinition(Name)
    {
        internal override string Kind => "object";
    }
}
