using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Rel4.Hosted.Linux;
using static Rel4.Hosted.Linux.SystemCallNumber;

namespace Rel4.Hosted.Sandbox;

/// <summary>Holds all that is decided about a task before its process is made.</summary>
/// <param name="Command">What it runs.</param>
/// <param name="Policy">What it may reach.</param>
/// <param name="Limits">What it may use of the machine.</param>
/// <param name="User">The user of its own, or null where the caller can't change users.</param>
/// <param name="Group">The control group of its own, if it has one.</param>
/// <param name="Privileges">The caller's privileges.</param>
/// <param name="Folder">Its private folder.</param>
/// <param name="Ruleset">Its Landlock ruleset, if any.</param>
/// <param name="StandardStreams">Its input, output and error.</param>
internal sealed record TaskStart(
    TaskCommand Command,
    SandboxPolicy Policy,
    TaskLimits Limits,
    uint? User,
    TaskGroup? Group,
    LinuxPrivileges Privileges,
    string Folder,
    SafeHandle? Ruleset,
    SafeHandle[] StandardStreams)
{
    /// <summary>The size of the kernel's <c>struct sigaction</c>; all zero is the default disposition.</summary>
    private const int SignalActionSize = 32;

    private const int OnlyOwner = 0b000_111_111;
    private const int SetSeccompFilter = 1;

    /// <summary>How many signals may wait. Linux counts them by user, so a task could use up all that its user may have.</summary>
    private const int PendingSignals = 1024;

    /// <summary>
    /// What a process maps and hardly touches: Linux counts the stacks of threads whole (<c>RLIMIT_DATA</c>), 8 MiB each. This is for 16 of them.
    /// </summary>
    private const ulong UntouchedBytes = 128 << 20;

    /// <summary>How much of a task's memory .NET's heap may be, as .NET does by itself in a control group.</summary>
    private const double HeapShare = 0.75;

    /// <summary>How many processes a user keeps that shares tasks with them.</summary>
    private const ulong SparedProcesses = 1024;

    /// <summary>Writes the calls that turn a new child into the sandboxed task.</summary>
    /// <remarks>
    /// The order matters: users change before privileges go, the signal of the parent's death is forgotten when users change, limits apply
    /// once descriptors are in place, and the filter comes last because it refuses some of the calls before it.
    /// </remarks>
    public void WriteTo(SpawnProgram program)
    {
        // First, so that all that it uses counts, and before the descriptor is closed.
        if (Group is not null)
            program.Add(write, program.Borrow(Group.Processes), program.Store<byte>([(byte)'0']), 1);
        program.Add(setsid);
        program.Add(umask, OnlyOwner);
        program.Add(prctl, (nint)ProcessControl.SetNoNewPrivileges, 1);
        if (Ruleset is not null)
            program.Add(landlock_restrict_self, program.Borrow(Ruleset));
        WriteDescriptors(program);
        WriteLimits(program);
        WriteIdentity(program);
        program.Add(prctl, (nint)ProcessControl.SetParentDeathSignal, Signal.Kill);
        program.Add(chdir, program.Store(Folder));
        WriteSignals(program);
        // The filter lets this one call pass, by what stands in the registers behind its arguments. Linux gives the new program none of them.
        ulong startKey = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        WriteFilter(program, startKey);
        program.Add(
            execve,
            program.Store(Command.Executable),
            program.Store([Command.Executable, .. Command.Arguments]),
            program.Store(Environment()),
            (nint)(uint)startKey,
            (nint)(startKey >> 32));
    }

    private void WriteDescriptors(SpawnProgram program)
    {
        (int Target, int Source)[] descriptors =
        [
            .. StandardStreams.Select((handle, index) => (index, program.Borrow(handle))),
            .. Command.Descriptors.OrderBy(pair => pair.Key).Select(pair => (pair.Key, program.Borrow(pair.Value))),
        ];
        // A target may be the number of another's source, so all are copied out of the way first.
        int away = descriptors.Max(pair => Math.Max(pair.Source, pair.Target)) + 1;
        for (int index = 0; index < descriptors.Length; index++)
            program.Add(dup3, descriptors[index].Source, away + index);
        int next = 0;
        for (int index = 0; index < descriptors.Length; index++)
        {
            int target = descriptors[index].Target;
            if (next < target)
                program.Add(close_range, next, target - 1);
            program.Add(dup3, away + index, target);
            next = target + 1;
        }

        program.Add(close_range, next, unchecked((nint)uint.MaxValue));
    }

    private void WriteLimits(SpawnProgram program)
    {
        WriteLimit(program, Resource.CoreBytes, 0);
        WriteLimit(program, Resource.PendingSignalsOfUser, PendingSignals);
        // No thread of a task goes before those of others.
        WriteLimit(program, Resource.Niceness, 0);
        WriteLimit(program, Resource.RealTimePriority, 0);
        if (Limits.MemoryBytes is { } bytes && Group is not { LimitsMemory: true })
            WriteLimit(program, Resource.DataBytes, (ulong)bytes + UntouchedBytes);
        if (User is not null)
        {
            WriteLimit(program, Resource.Descriptors, (ulong)Policy.OpenDescriptors);
            WriteLimit(program, Resource.ProcessesOfUser, (ulong)(Limits.Threads ?? TaskLimits.DefaultThreads));
            return;
        }

        // Of what Linux counts by user (descriptors on their way through sockets are such) something must be left for the caller: it holds
        // against each process its own limit.
        WriteLimit(program, Resource.Descriptors, Math.Min((ulong)Policy.OpenDescriptors, ResourceLimit.Current(Resource.Descriptors).Hard / 2));
        ulong processes = ResourceLimit.Current(Resource.ProcessesOfUser).Hard;
        WriteLimit(program, Resource.ProcessesOfUser, processes - Math.Min(processes / 8, SparedProcesses));
    }

    private static void WriteLimit(SpawnProgram program, Resource resource, ulong wanted)
    {
        // Raising a limit is a privilege.
        ulong limit = Math.Min(wanted, ResourceLimit.Current(resource).Hard);
        program.Add(prlimit64, 0, (nint)resource, program.Store(new ResourceLimit { Soft = limit, Hard = limit }));
    }

    private void WriteIdentity(SpawnProgram program)
    {
        program.Add(prctl, (nint)ProcessControl.Ambient, (nint)AmbientControl.ClearAll);
        if (Privileges.HasFlag(LinuxPrivileges.ShrinkBoundingSet))
        {
            int last = Capabilities.Last;
            for (int privilege = 0; privilege <= last; privilege++)
                program.Add(prctl, (nint)ProcessControl.DropFromBoundingSet, privilege);
        }

        if (User is { } user)
        {
            program.Add(setgroups, 0, 0);
            program.Add(setresgid, (nint)user, (nint)user, (nint)user);
            program.Add(setresuid, (nint)user, (nint)user, (nint)user);
        }

        program.Add(capset, program.Store(Capabilities.OfCaller), program.Store(default(Capabilities.Sets)));
    }

    private static void WriteSignals(SpawnProgram program)
    {
        nint byDefault = program.Store<byte>(new byte[SignalActionSize]);
        for (int signal = 1; signal <= Signal.Last; signal++)
        {
            if (signal is not (Signal.Kill or Signal.Stop))
                program.Add(rt_sigaction, signal, byDefault, 0, Signal.SetSize);
        }

        program.Add(rt_sigprocmask, Signal.SetMask, program.Store(0UL), 0, Signal.SetSize);
    }

    private void WriteFilter(SpawnProgram program, ulong startKey)
    {
        UserOwnership user = User is null ? UserOwnership.SharedWithCaller : UserOwnership.OwnedByTask;
        var filter = new SeccompProgram(SystemCallTable.For(Policy.Sockets, user, startKey, Command.Debug is not null));
        var header = new SeccompProgram.Header
        {
            Length = checked((ushort)filter.Instructions.Length),
            Instructions = program.Store(filter.Instructions),
        };
        program.WriteNumberTo(header.Instructions + filter.OwnProcessOffset);
        program.Add(seccomp, SetSeccompFilter, 0, program.Store(header));
    }

    private IEnumerable<string> Environment()
    {
        var environment = Command.Environment.ToDictionary();
        if (Command.Debug is { } debug)
        {
            environment["DOTNET_EnableDiagnostics"] = "1";
            environment[TaskHardening.DebugVariable] = debug.WaitsForDebugger ? TaskHardening.DebugAndWait : TaskHardening.DebugOnly;
        }

        // Debuggers, profilers and the diagnostic port are ways into a task, so they are off unless whoever starts it says otherwise. The first
        // covers the others; they are for those who look.
        if (environment.TryAdd("DOTNET_EnableDiagnostics", "0"))
        {
            foreach (string setting in (string[])["IPC", "Debugger", "Profiler"])
                environment.TryAdd($"DOTNET_EnableDiagnostics_{setting}", "0");
        }

        // Otherwise libraries that reload their settings would fail: inotify is refused.
        environment.TryAdd("DOTNET_USE_POLLING_FILE_WATCHER", "1");
        // What .NET finds out by itself in a control group.
        if (Limits.MemoryBytes is { } bytes && Group is not { LimitsMemory: true })
            environment.TryAdd("DOTNET_GCHeapHardLimit", ((long)(bytes * HeapShare)).ToString("x", CultureInfo.InvariantCulture));
        if (Limits.Processors is { } processors && Group is not { LimitsProcessors: true })
            environment.TryAdd("DOTNET_PROCESSOR_COUNT", ((int)Math.Min(Math.Ceiling(processors), System.Environment.ProcessorCount)).ToString(CultureInfo.InvariantCulture));
        environment.TryAdd("TMPDIR", Folder);
        // .NET looks for certificates of the user before it trusts a server's, and fails where that user has no home, or may not look there.
        if (Policy.Sockets.HasFlag(SocketAccess.Internet))
            environment.TryAdd("HOME", Folder);
        if (DotnetInstallation.Root is { } root)
            environment.TryAdd("DOTNET_ROOT", root);
        return environment.Select(pair => $"{pair.Key}={pair.Value}");
    }
}
