using System.Collections.Immutable;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Composition;

/// <summary>Describes a task: a process, what it runs, and all that it may reach.</summary>
/// <param name="Name">Names it within the system.</param>
/// <param name="Program">What it runs.</param>
public sealed record TaskDefinition(string Name, TaskProgram Program)
{
    /// <summary>The log2 of the slots of a task's CNode, unless said otherwise.</summary>
    public const int DefaultCNodeBits = 10;

    /// <summary>The log2 of the bytes that a task's runtime has, unless said otherwise.</summary>
    public const int DefaultAsyncMemoryBits = 26;

    /// <summary>Gets the capabilities it gets for shared objects.</summary>
    public ImmutableArray<GrantDefinition> Grants { get; init; } = [];

    /// <summary>Gets the objects that are made with it and go with it, where it is added to a running system.</summary>
    public ImmutableArray<ObjectDefinition> OwnObjects { get; init; } = [];

    /// <summary>Gets what the composing process is granted for as long as the task is in the system, where it is added to a running one.</summary>
    public ImmutableArray<GrantDefinition> HostGrants { get; init; } = [];

    /// <summary>Gets the memory it gets for objects of its own.</summary>
    public ImmutableArray<MemoryDefinition> Memory { get; init; } = [];

    /// <summary>Gets the names of the tasks that start before it and stop after it.</summary>
    public ImmutableArray<string> StartAfter { get; init; } = [];

    /// <summary>Gets whether it is started again when it ends.</summary>
    public RestartPolicy Restart { get; init; } = RestartPolicy.Never;

    /// <summary>Gets whether the system starts without it where it can't be started.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Gets when it counts as hung; null if it is not watched.</summary>
    public WatchPolicy? Watch { get; init; }

    /// <summary>Gets its environment. It has no other variables than these and those that .NET and reL4 need.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Gets what it may reach besides its capabilities.</summary>
    public SandboxPolicy Sandbox { get; init; } = SandboxPolicy.Strict;

    /// <summary>Gets what it may use of the machine.</summary>
    public TaskLimits Limits { get; init; } = TaskLimits.None;

    /// <summary>Gets how it is open to debuggers and diagnostic tools; null if it is not.</summary>
    public DebugPolicy? Debug { get; init; }

    /// <summary>Gets whether it runs inside of the composing process, to be stepped through there, and is isolated from nothing (<see cref="TaskBuilder.InProcess"/>).</summary>
    public bool IsInProcess { get; init; }

    /// <summary>Gets log2 of the bytes that its runtime makes channels and threads from; 0 for none.</summary>
    public int AsyncMemoryBits { get; init; } = DefaultAsyncMemoryBits;

    /// <summary>Gets log2 of the slots of its CNode.</summary>
    public int CNodeBits { get; init; } = DefaultCNodeBits;
}
