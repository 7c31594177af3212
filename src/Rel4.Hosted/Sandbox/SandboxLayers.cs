namespace Rel4.Hosted.Sandbox;

/// <summary>Names the layers of the sandbox that a machine or a user may lack. What each stops is in <see cref="SandboxReport"/>.</summary>
[Flags]
public enum SandboxLayers
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The filter of system calls. No task starts without it.</summary>
    SystemCallFilter = 1 << 0,

    /// <summary>A user for each task.</summary>
    OwnUsers = 1 << 1,

    /// <summary>No memberships in groups.</summary>
    NoGroups = 1 << 2,

    /// <summary>A limit on threads that holds for each task.</summary>
    ThreadLimit = 1 << 3,

    /// <summary>An empty bounding set: no privilege can be had again.</summary>
    EmptyBoundingSet = 1 << 4,

    /// <summary>No access to processes outside the task, through <c>/proc</c> and debugging.</summary>
    ConfinedProcesses = 1 << 5,

    /// <summary>Access to files by rules.</summary>
    ConfinedFiles = 1 << 6,

    /// <summary>TCP ports by rules.</summary>
    ConfinedPorts = 1 << 7,

    /// <summary>No signals, and no abstract Unix sockets, out of the task.</summary>
    ConfinedSignals = 1 << 8,

    /// <summary>All of them.</summary>
    All = (1 << 9) - 1,
}
