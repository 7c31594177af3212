using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Rel4.Abi;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Composition.Json;

/// <summary>Is the root of a system's JSON file.</summary>
/// <remarks>Properties here have setters because generated code gives those with <c>init</c> no default values.</remarks>
[Description("A reL4 system: its tasks, the objects between them, and who holds which capability.")]
internal sealed record SystemDocument
{
    [JsonPropertyName("$schema")]
    [Description("Where this schema is, for editors.")]
    public string? Schema { get; set; }

    [Description("The sizes of the kernel.")]
    public KernelDocument? Kernel { get; set; }

    [Description("Names of endpoints: where tasks meet to exchange messages.")]
    public string[] Endpoints { get; set; } = [];

    [Description("Names of notifications: words of bits that tasks set and wait for.")]
    public string[] Notifications { get; set; } = [];

    [Description("Frames, by name: memory that tasks can map.")]
    public Dictionary<string, FrameSize> Frames { get; set; } = [];

    [Description("What the system exports to systems on other machines, and imports from them, over NATS.")]
    public NatsDocument? Nats { get; set; }

    [Description("Tasks, by name: processes, what they run, and all that they may reach.")]
    public required Dictionary<string, TaskDocument> Tasks { get; set; }
}

/// <summary>Is the part about the kernel.</summary>
internal sealed record KernelDocument
{
    [Description("Log2 of the bytes of object memory. It costs address space only, until objects are made in it.")]
    [Range(SystemValidation.LeastMemoryBits, Limits.MaxUntypedBits)]
    public int? MemoryBits { get; set; }

    [Description("Log2 of the slots of the root task's CNode.")]
    [Range(SystemValidation.LeastRootCNodeBits, SystemValidation.MostRootCNodeBits)]
    public int? RootCNodeBits { get; set; }

    [Description("U-notification receivers at most.")]
    [Range(0, SystemValidation.MostRegistrations)]
    public ushort? Receivers { get; set; }

    [Description("U-notification senders at most.")]
    [Range(0, SystemValidation.MostRegistrations)]
    public ushort? Senders { get; set; }
}

/// <summary>Is what the system has in common with others.</summary>
internal sealed record NatsDocument
{
    [Description("The servers, nats://host:port or tls://host:port. The bridge connects to one of them, and to another when that is lost.")]
    public required string[] Servers { get; set; }

    [Description("The file with the certificate of the authority that the servers' certificates are to be from. By default those that the machine trusts.")]
    public string? CertificateAuthority { get; set; }

    [Description("Endpoints and notifications that systems on other machines may use, by their subjects.")]
    public Dictionary<string, NatsExportDocument> Exports { get; set; } = [];

    [Description("Endpoints and notifications of systems on other machines, by the names that they have here.")]
    public Dictionary<string, NatsImportDocument> Imports { get; set; } = [];
}

/// <summary>Is something that is exported.</summary>
internal sealed record NatsExportDocument
{
    [Description("The name of the endpoint or notification.")]
    public required string Object { get; set; }

    [Description("The file with the seed of the NKey user that serves it.")]
    public required string KeyFile { get; set; }

    [Description("Whether JetStream keeps what was sent to the endpoint until a receiver has answered it: it arrives once or more often.")]
    public bool AtLeastOnce { get; set; }

    [Description("Who may use it, by name.")]
    public Dictionary<string, NatsGrantDocument> Grants { get; set; } = [];
}

/// <summary>Is who may use something that is exported.</summary>
internal sealed record NatsGrantDocument
{
    [Description("The user's public NKey, which begins with U.")]
    public required string Key { get; set; }

    [Description("What receivers of an endpoint see of it. Of a notification, the bits that it may signal.")]
    public required ulong Badge { get; set; }
}

/// <summary>Is something that is imported.</summary>
internal sealed record NatsImportDocument
{
    [Description("What it is called on NATS.")]
    public required string Subject { get; set; }

    [Description("The name of this system's grant, as the exporting system has it.")]
    public required string Grant { get; set; }

    [Description("The file with the seed of the grant's NKey.")]
    public required string KeyFile { get; set; }

    [Description("Whether it is a notification. By default it is an endpoint.")]
    public bool Notification { get; set; }

    [Description("How calls are spread over several systems that export the subject. By default by clients, each of which stays with one.")]
    public Spread Spread { get; set; }

    [Description("Whether JetStream keeps what is sent, as the exporting system says.")]
    public bool AtLeastOnce { get; set; }
}

/// <summary>Names how calls are spread.</summary>
internal enum Spread
{
    /// <summary>By clients.</summary>
    [JsonStringEnumMemberName("clients")]
    Clients = NatsSpread.Clients,

    /// <summary>By calls.</summary>
    [JsonStringEnumMemberName("calls")]
    Calls = NatsSpread.Calls,
}

/// <summary>Is a task.</summary>
internal sealed record TaskDocument
{
    [Description("A .NET assembly (.dll) or an executable. A relative path starts at this file's folder.")]
    public required string Program { get; set; }

    [Description("The program's arguments.")]
    public string[] Arguments { get; set; } = [];

    [Description("A method that runs instead of the program's Main.")]
    public MethodDocument? Method { get; set; }

    [Description("Capabilities for objects, by the names under which the task finds them.")]
    public Dictionary<string, GrantDocument> Grants { get; set; } = [];

    [Description("Untyped memory for objects of the task's own, by name: log2 of its bytes.")]
    [Range(Abi.Limits.MinUntypedBits, Abi.Limits.MaxUntypedBits)]
    public Dictionary<string, int> Memory { get; set; } = [];

    [Description("Log2 of the bytes that the task's runtime makes its channels and threads from; 0 for none. It costs address space only, until it is used.")]
    [AllowedValues(0)]
    [Range(SystemValidation.LeastAsyncMemoryBits, Abi.Limits.MaxUntypedBits)]
    public int? AsyncMemoryBits { get; set; }

    [Description("Names of tasks that start before this one and stop after it.")]
    public string[] StartAfter { get; set; } = [];

    [Description("Whether the task is started again when it ends. By default it is not.")]
    public RestartDocument? Restart { get; set; }

    [Description("Whether the system starts without the task where it can't be started.")]
    public bool Optional { get; set; }

    [Description("When the task counts as hung. By default it is not watched.")]
    public WatchDocument? Watch { get; set; }

    [Description("Variables of the task's environment, which is empty but for what .NET and reL4 need.")]
    public Dictionary<string, string> Environment { get; set; } = [];

    [Description("The folder where a host of ASP.NET or a generic one finds appsettings.json and static files. The task may read it.")]
    public string? ContentRoot { get; set; }

    [Description("What the task may reach besides its capabilities. By default nothing.")]
    public SandboxDocument? Sandbox { get; set; }

    [Description("What the task may use of the machine. By default there are no limits.")]
    public LimitsDocument? Limits { get; set; }

    [Description("Opens the task to debuggers and diagnostic tools, which makes it weaker. By default it is closed.")]
    public DebugDocument? Debug { get; set; }

    [Description("Log2 of the slots of the task's CNode.")]
    [Range(SystemValidation.LeastCNodeBits, SystemValidation.MaxCNodeBits)]
    public int? CNodeBits { get; set; }
}

/// <summary>Says when a task counts as hung.</summary>
internal sealed record WatchDocument
{
    [Description("How long an executor of the task may make no turn while it does not sleep, in seconds: 0.1 or more.")]
    public required double Seconds { get; set; }

    [Description("Whether the task is killed then; its restart policy says whether it is started again.")]
    public bool Kill { get; set; }
}

/// <summary>Bounds what a task may use.</summary>
internal sealed record LimitsDocument
{
    [Description("Memory, in bytes.")]
    [Range((double)TaskLimits.LeastMemoryBytes, (double)TaskLimits.MostMemoryBytes)]
    public long? MemoryBytes { get; set; }

    [Description("Processor time in seconds for each second that passes: 0.5 is half of a processor. 0.01 or more.")]
    public double? Processors { get; set; }

    [Description("Threads.")]
    [Range(1, TaskLimits.MostThreads)]
    public int? Threads { get; set; }

    [Description("Whether the task is not started where it would not be held to one of them, or only against mistakes.")]
    public bool Required { get; set; }
}

/// <summary>Says how a task is open to debuggers.</summary>
internal sealed record DebugDocument
{
    [Description("Whether the task waits, before its program or method begins, until a debugger for .NET is attached.")]
    public bool Wait { get; set; }
}

/// <summary>Names a static method.</summary>
internal sealed record MethodDocument
{
    [Description("The name of the assembly.")]
    public required string Assembly { get; set; }

    [Description("The full name of the type.")]
    public required string Type { get; set; }

    [Description("The name of a static method without parameters that returns nothing or an exit code.")]
    public required string Name { get; set; }
}

/// <summary>Is a capability that a task gets.</summary>
internal sealed record GrantDocument
{
    [Description("The name of the endpoint, notification or frame.")]
    public required string Object { get; set; }

    [Description("What the task may do with the object.")]
    public required Right[] Rights { get; set; }

    [Description("What receivers see of whoever uses this capability. Left out, or 0, who may send to an endpoint and not receive from it gets one that no other grant has.")]
    public ulong Badge { get; set; }
}

/// <summary>Names a right.</summary>
internal enum Right
{
    /// <summary>Receive, wait, map.</summary>
    [JsonStringEnumMemberName("read")]
    Read,

    /// <summary>Send, signal, map writable.</summary>
    [JsonStringEnumMemberName("write")]
    Write,

    /// <summary>Send any capability.</summary>
    [JsonStringEnumMemberName("grant")]
    Grant,

    /// <summary>Get a reply to a Call.</summary>
    [JsonStringEnumMemberName("grantReply")]
    GrantReply,
}

/// <summary>Is when and how a task is started again.</summary>
internal sealed record RestartDocument
{
    [Description("When the task is started again.")]
    public required Condition When { get; set; }

    [Description("How long to wait before the first restart.")]
    public double? FirstDelaySeconds { get; set; }

    [Description("What the waiting time is multiplied by for each further restart.")]
    [Range(1, int.MaxValue)]
    public double? Factor { get; set; }

    [Description("The longest waiting time.")]
    public double? LongestDelaySeconds { get; set; }

    [Description("How long the task must run before earlier restarts are forgotten.")]
    public double? HealthyAfterSeconds { get; set; }

    [Description("How many restarts there are at most without a healthy run between them.")]
    public int? Limit { get; set; }
}

/// <summary>Names when a task is started again.</summary>
internal enum Condition
{
    /// <summary>Never.</summary>
    [JsonStringEnumMemberName("never")]
    Never = RestartCondition.Never,

    /// <summary>If it failed.</summary>
    [JsonStringEnumMemberName("onFailure")]
    OnFailure = RestartCondition.OnFailure,

    /// <summary>However it ended.</summary>
    [JsonStringEnumMemberName("always")]
    Always = RestartCondition.Always,
}

/// <summary>Is what a task may reach besides its capabilities.</summary>
internal sealed record SandboxDocument
{
    [Description("Kinds of sockets that the task may make.")]
    public SocketKind[] Sockets { get; set; } = [];

    [Description("Files and folders that the task may read. Relative paths start at this file's folder.")]
    public string[] Readable { get; set; } = [];

    [Description("Files and folders that the task may read and change. Relative paths start at this file's folder.")]
    public string[] Writable { get; set; } = [];

    [Description("Layers of the sandbox without which the task must not start. By default, what the machine or the user lacks is left out, and said.")]
    public Layer[] Require { get; set; } = [];

    [Description("How many descriptors the task may have open.")]
    [Range(1, int.MaxValue)]
    public int? OpenDescriptors { get; set; }
}

/// <summary>Names a kind of sockets.</summary>
internal enum SocketKind
{
    /// <summary>TCP and UDP.</summary>
    [JsonStringEnumMemberName("internet")]
    Internet,

    /// <summary>Unix sockets.</summary>
    [JsonStringEnumMemberName("unix")]
    Unix,
}

/// <summary>Names a layer of the sandbox.</summary>
internal enum Layer
{
    /// <summary>A user for each task.</summary>
    [JsonStringEnumMemberName("ownUsers")]
    OwnUsers = SandboxLayers.OwnUsers,

    /// <summary>No memberships in groups.</summary>
    [JsonStringEnumMemberName("noGroups")]
    NoGroups = SandboxLayers.NoGroups,

    /// <summary>A limit on threads for each task.</summary>
    [JsonStringEnumMemberName("threadLimit")]
    ThreadLimit = SandboxLayers.ThreadLimit,

    /// <summary>No privilege can be had again.</summary>
    [JsonStringEnumMemberName("emptyBoundingSet")]
    EmptyBoundingSet = SandboxLayers.EmptyBoundingSet,

    /// <summary>No access to other processes.</summary>
    [JsonStringEnumMemberName("confinedProcesses")]
    ConfinedProcesses = SandboxLayers.ConfinedProcesses,

    /// <summary>Files by rules.</summary>
    [JsonStringEnumMemberName("confinedFiles")]
    ConfinedFiles = SandboxLayers.ConfinedFiles,

    /// <summary>TCP ports by rules.</summary>
    [JsonStringEnumMemberName("confinedPorts")]
    ConfinedPorts = SandboxLayers.ConfinedPorts,

    /// <summary>No signals and abstract sockets out of the task.</summary>
    [JsonStringEnumMemberName("confinedSignals")]
    ConfinedSignals = SandboxLayers.ConfinedSignals,

    /// <summary>All of them.</summary>
    [JsonStringEnumMemberName("all")]
    All = SandboxLayers.All,
}
