using System.Collections.Immutable;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Tells which layers of the sandbox tasks get, if this process starts them on this machine.</summary>
/// <param name="Protections">The layers.</param>
public sealed record SandboxReport(ImmutableArray<Protection> Protections)
{
    /// <summary>Gets the layers that are missing.</summary>
    public IEnumerable<Protection> Missing => Protections.Where(protection => !protection.IsActive);

    /// <summary>Looks at the machine and the caller's privileges.</summary>
    public static SandboxReport Inspect() => From(Capabilities.Effective, Landlock.Version, HasSeccomp());

    /// <summary>Says in one line which layers are missing; null if none is.</summary>
    internal string? DescribeMissing() => Missing.Any()
        ? $"runs without these layers of the sandbox: {string.Join(", ", Missing.Select(layer => layer.Name))}. "
            + "'rel4 doctor' tells what they stop and how to get them; a task can require them"
        : null;

    /// <summary>Makes sure that tasks get layers.</summary>
    /// <param name="layers">The layers.</param>
    /// <param name="task">Who requires them.</param>
    /// <exception cref="MissingLayersException">Tasks do not get them all.</exception>
    internal void Require(SandboxLayers layers, string task)
    {
        if ((layers & Missing.Aggregate(SandboxLayers.None, (all, layer) => all | layer.Layer)) != SandboxLayers.None)
            throw new MissingLayersException(task, Missing.Where(layer => layers.HasFlag(layer.Layer)));
    }

    internal static SandboxReport From(LinuxPrivileges privileges, int landlock, bool hasSeccomp)
    {
        bool hasUsers = TaskLauncher.CanChangeUser(privileges);
        bool canShrink = privileges.HasFlag(LinuxPrivileges.ShrinkBoundingSet);
        return new SandboxReport(
        [
            new(SandboxLayers.SystemCallFilter, "system call filter", hasSeccomp,
                "all calls of Linux that a task does not need: signals to others, their memory, mounts, further processes, sockets not granted",
                hasSeccomp ? "seccomp" : "No task can start: the kernel must have CONFIG_SECCOMP_FILTER."),
            new(SandboxLayers.OwnUsers, "own users", hasUsers, "signals, files and /proc entries of other tasks and of people",
                hasUsers ? "a user for each task" : "Tasks run as your user: start as root, or with CAP_SETUID, CAP_SETGID, CAP_CHOWN, CAP_KILL, CAP_DAC_OVERRIDE and CAP_FOWNER."),
            new(SandboxLayers.NoGroups, "no group memberships", hasUsers, "files and sockets that are open to groups",
                hasUsers ? "no supplementary groups" : "Tasks keep your groups: start as root."),
            new(SandboxLayers.ThreadLimit, "thread limit", hasUsers, "a task that makes threads without end",
                hasUsers ? "counted for each task's user" : "Linux counts threads by user: start as root."),
            // Without new privileges, what is in the bounding set can't be had.
            new(SandboxLayers.EmptyBoundingSet, "empty bounding set", canShrink, "privileges from programs with file capabilities, a second time",
                canShrink ? "no capability can be had" : "Little is lost, since no new privileges are given; CAP_SETPCAP would empty it."),
            Landlocked(SandboxLayers.ConfinedProcesses, "confined processes", 1, landlock, "debugging, /proc/<pid>/mem and fd of anything outside the task's domain"),
            Landlocked(SandboxLayers.ConfinedFiles, "confined files", 3, landlock, "reading and writing files that were not granted"),
            Landlocked(SandboxLayers.ConfinedPorts, "confined ports", Landlock.VersionWithPorts, landlock, "TCP through sockets that were handed over"),
            Landlocked(
                SandboxLayers.ConfinedSignals, "confined signals", Landlock.VersionWithScopes, landlock,
                "abstract Unix sockets out of the domain, and signals a second time"),
        ]);
    }

    private static Protection Landlocked(SandboxLayers layer, string name, int needed, int present, string purpose) => new(
        layer,
        name,
        present >= needed,
        purpose,
        present >= needed ? $"Landlock {present}"
            : present == 0 ? "The kernel has no Landlock, or it was not enabled at boot (lsm=landlock,...)."
            : $"Landlock {present} can't: a kernel with version {needed} is needed.");

    private static bool HasSeccomp()
    {
        // SECCOMP_SET_MODE_FILTER (1) without a filter: a kernel that knows it fails to read the filter.
        SystemCall.TryInvoke(SystemCallNumber.seccomp, out LinuxError error, 1);
        return error == LinuxError.EFAULT;
    }
}
