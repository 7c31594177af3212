using System.Collections.Immutable;
using System.Numerics;
using System.Text.RegularExpressions;
using Rel4.Abi;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.TaskSide;

namespace Rel4.Hosted.Composition;

/// <summary>Finds what is wrong with a definition, all of it at once.</summary>
internal static partial class SystemValidation
{
    /// <summary>The log2 of the least that a task's runtime can work with: a block of 2 MiB for small objects, and one for its end of a channel.</summary>
    public const int LeastAsyncMemoryBits = Limits.LargePageBits + 1;

    public const int LeastMemoryBits = 20, LeastRootCNodeBits = 5, MostRootCNodeBits = 24, LeastCNodeBits = 4, MaxCNodeBits = 20;

    /// <summary>The kernel counts one more in 16 bits, as number 0 stands for none.</summary>
    public const ushort MostRegistrations = ushort.MaxValue - 1;

    // Shorter than that, the garbage collector and the scheduler of a busy machine are taken for a hang.
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromSeconds(0.1), LongestWatch = TimeSpan.FromDays(1);

    public static IEnumerable<SystemProblem> Check(
        ImmutableArray<ObjectDefinition> objects, ImmutableArray<TaskDefinition> tasks, HostedKernelOptions kernel) =>
    [
        .. CheckKernel(kernel),
        .. CheckNames("object", "the system", objects.Select(definition => definition.Name)),
        .. CheckNames("task", "the system", tasks.Select(task => task.Name)),
        .. CheckTasks(tasks, objects),
        .. tasks.SelectMany(CheckNoOwnObjects),
        .. CheckOrder(tasks),
    ];

    /// <summary>Finds what is wrong with a task that is to be added to a system.</summary>
    /// <param name="task">The task.</param>
    /// <param name="objects">The objects that it may be granted, besides its own.</param>
    /// <param name="objectNames">The names of all objects of the system.</param>
    /// <param name="tasks">The names of its tasks.</param>
    public static IEnumerable<SystemProblem> CheckAddition(
        TaskDefinition task, ImmutableArray<ObjectDefinition> objects, ImmutableArray<string> objectNames, ImmutableArray<string> tasks) =>
    [
        .. CheckNames("object", "the system", [.. objectNames, .. task.OwnObjects.Select(definition => definition.Name)]),
        .. CheckNames("task", "the system", [.. tasks, task.Name]),
        .. CheckTask(task, objects.AddRange(task.OwnObjects), [.. tasks]),
    ];

    /// <summary>Finds what is wrong with the part of the composing process.</summary>
    public static IEnumerable<SystemProblem> CheckHost(
        HostDefinition? host, ImmutableArray<ObjectDefinition> objects, ImmutableArray<TaskDefinition> tasks) => host is null ? [] :
    [
        .. CheckHost(host.Grants, [], objects, [.. tasks.Select(task => task.Name)]),
        .. CheckMemory("host, memory for asynchronous IPC", host.AsyncMemoryBits, LeastAsyncMemoryBits, "the least holds one channel"),
    ];

    /// <summary>Finds what is wrong with what the composing process is granted.</summary>
    /// <param name="grants">What it is granted.</param>
    /// <param name="held">The names of what it has.</param>
    /// <param name="objects">The objects that it may be granted.</param>
    /// <param name="tasks">The names of the system's tasks.</param>
    public static IEnumerable<SystemProblem> CheckHost(
        ImmutableArray<GrantDefinition> grants, ImmutableArray<string> held, ImmutableArray<ObjectDefinition> objects, ImmutableArray<string> tasks) =>
    [
        .. CheckNames("capability", "host", [.. held, .. grants.Select(grant => grant.Name)]),
        .. grants.SelectMany(grant => CheckGrant($"host, grant '{grant.Name}'", grant, objects)),
        .. !tasks.Contains(HostPlan.Name) ? [] : new[] { new SystemProblem(
            $"task '{HostPlan.Name}'", "that is what the composing process is called, which takes part in the system", "Give the task another name") },
    ];

    private static IEnumerable<SystemProblem> CheckKernel(HostedKernelOptions kernel)
    {
        if (kernel.MemoryBits is < LeastMemoryBits or > Limits.MaxUntypedBits)
        {
            yield return new(
                "kernel", $"2^{kernel.MemoryBits} bytes of object memory can't be", $"Give {LeastMemoryBits} to {Limits.MaxUntypedBits} bits");
        }

        if (kernel.RootCNodeBits is < LeastRootCNodeBits or > MostRootCNodeBits)
        {
            yield return new(
                "kernel",
                $"2^{kernel.RootCNodeBits} slots of the root task's CNode can't be",
                $"Give {LeastRootCNodeBits} to {MostRootCNodeBits} bits");
        }

        if (kernel.Receivers > MostRegistrations || kernel.Senders > MostRegistrations)
            yield return new("kernel", $"it has no {ushort.MaxValue} receivers or senders", $"Give up to {MostRegistrations}");
    }

    private static IEnumerable<SystemProblem> CheckNames(string kind, string where, IEnumerable<string> names)
    {
        foreach (IGrouping<string, string> name in names.GroupBy(name => name, StringComparer.Ordinal))
        {
            if (!NamePattern().IsMatch(name.Key))
            {
                yield return new(
                    where,
                    $"'{name.Key}' can't be the name of a {kind}",
                    "Use up to 64 letters, digits, '-', '_' and '.', and begin with a letter");
            }

            if (name.Count() > 1)
                yield return new(where, $"'{name.Key}' is the name of more than one {kind}", "Give each a name of its own");
        }
    }

    /// <summary>Finds whether there is any task: the system's own, or the bridge to others.</summary>
    public static IEnumerable<SystemProblem> CheckAnyTask(ImmutableArray<TaskDefinition> tasks, NatsDefinition? nats)
    {
        if (tasks.IsEmpty && nats is null)
            yield return new("the system", "it has no task", "Add one");
    }

    private static IEnumerable<SystemProblem> CheckTasks(ImmutableArray<TaskDefinition> tasks, ImmutableArray<ObjectDefinition> objects)
    {
        HashSet<string> names = [.. tasks.Select(task => task.Name)];
        return tasks.SelectMany(task => CheckTask(task, objects, names));
    }

    private static IEnumerable<SystemProblem> CheckNoOwnObjects(TaskDefinition task)
    {
        if (!task.OwnObjects.IsEmpty)
            yield return new($"task '{task.Name}'", "it has objects of its own, which only a task has that is added to a running system", "Add them to the system");
        if (!task.HostGrants.IsEmpty)
            yield return new($"task '{task.Name}'", "it grants the composing process something, which only a task does that is added to a running system", "Grant it by SystemBuilder.Host");
    }

    private static IEnumerable<SystemProblem> CheckTask(
        TaskDefinition task, ImmutableArray<ObjectDefinition> objects, HashSet<string> tasks)
    {
        string where = $"task '{task.Name}'";
        return
        [
            .. CheckProgram($"{where}, program", task.Program),
            .. CheckNames("capability", where, [.. task.Grants.Select(grant => grant.Name), .. task.Memory.Select(memory => memory.Name)]),
            .. task.Grants.SelectMany(grant => CheckGrant($"{where}, grant '{grant.Name}'", grant, objects)),
            .. task.Memory.SelectMany(memory => CheckMemory($"{where}, memory '{memory.Name}'", memory.SizeBits, Limits.MinUntypedBits, "12 is a page, 20 a MiB")),
            .. task.AsyncMemoryBits == 0 ? [] : CheckMemory(
                $"{where}, memory for asynchronous IPC", task.AsyncMemoryBits, LeastAsyncMemoryBits, "the least holds one channel; 0 is for none"),
            .. CheckCNode(where, task),
            .. task.StartAfter.SelectMany(earlier => CheckEarlier(where, earlier, tasks)),
            .. task.Environment.SelectMany(variable => CheckVariable(where, variable.Key, variable.Value)),
            .. CheckSandbox($"{where}, sandbox", task.Sandbox),
            .. CheckLimits($"{where}, limits", task.Limits),
            .. CheckRestart($"{where}, restart", task.Restart),
            .. task.Watch is { } watch ? CheckWatch($"{where}, watch", watch) : [],
            .. task.IsInProcess ? CheckInProcess($"{where}, in process", task) : [],
        ];
    }

    private static IEnumerable<SystemProblem> CheckGrant(string where, GrantDefinition grant, ImmutableArray<ObjectDefinition> objects)
    {
        if (!objects.Contains(grant.Object))
        {
            yield return new(
                where,
                $"the system has no {grant.Object.Kind} '{grant.Object.Name}'",
                objects.IsEmpty ? "Add it" : $"Add it, or name one of {string.Join(", ", objects.Select(known => $"'{known.Name}'"))}");
            yield break;
        }

        foreach (SystemProblem problem in GrantRules.Check(where, grant))
            yield return problem;
    }

    private static IEnumerable<SystemProblem> CheckMemory(string where, int sizeBits, int leastBits, string meaning)
    {
        if (sizeBits < leastBits || sizeBits > Limits.MaxUntypedBits)
            yield return new(where, $"2^{sizeBits} bytes can't be", $"Give {leastBits} to {Limits.MaxUntypedBits} bits: {meaning}");
    }

    private static IEnumerable<SystemProblem> CheckCNode(string where, TaskDefinition task)
    {
        int needed = (int)TaskSlots.FirstGrant + task.Grants.Length + task.Memory.Length + (task.AsyncMemoryBits == 0 ? 0 : 1);
        if (task.CNodeBits is < LeastCNodeBits or > MaxCNodeBits || 1L << task.CNodeBits < needed)
        {
            yield return new(
                where,
                $"2^{task.CNodeBits} slots of its CNode do not hold the {needed} that it needs, or are too many",
                $"Give {BitOperations.Log2((uint)needed - 1) + 1} to {MaxCNodeBits} bits");
        }
    }

    private static IEnumerable<SystemProblem> CheckEarlier(string where, string earlier, HashSet<string> tasks)
    {
        if (!tasks.Contains(earlier))
        {
            yield return new(
                where,
                $"it starts after '{earlier}', which is no task",
                $"Name one of {string.Join(", ", tasks.Select(task => $"'{task}'"))}");
        }
    }

    private static IEnumerable<SystemProblem> CheckVariable(string where, string variable, string value)
    {
        if (value.Contains('\0'))
            yield return new(where, $"the value of the environment variable '{variable}' has a NUL in it, where Linux ends it", "Leave it out");
        if (variable.Length == 0 || variable.Contains('=') || variable.Contains('\0'))
            yield return new(where, $"'{variable}' can't be the name of an environment variable", "Leave out '=' and NUL");
        if (variable is CurrentTask.SocketVariable or TaskManifest.Variable or HostProgram.StartupHooks or TaskHardening.DebugVariable)
            yield return new(where, $"the environment variable {variable} is reL4's own", "Leave it out");
    }

    private static IEnumerable<SystemProblem> CheckProgram(string where, TaskProgram program)
    {
        if (program.Path.Length == 0 || program.Path.Contains('\0'))
            yield return new(where, $"'{program.Path}' is no path", "Name a .NET assembly (.dll) or an executable");
        if (program.Arguments.Any(argument => argument.Contains('\0')))
            yield return new(where, "an argument has a NUL in it, where Linux ends it", "Leave it out");
        // The manifest has '|' between its fields.
        if (program.Method is { } method
            && (string[])[method.Assembly, method.Type, method.Name] is var parts && parts.Any(part => part.Length == 0 || part.AsSpan().ContainsAny('|', '\0')))
        {
            yield return new(where, $"{method} is no method", "Give the names of an assembly, of a type with its namespace, and of a static method");
        }
    }

    private static IEnumerable<SystemProblem> CheckSandbox(string where, SandboxPolicy policy)
    {
        if (policy.OpenDescriptors < 1)
            yield return new(where, $"{policy.OpenDescriptors} open descriptors can't be", "Give 1 or more; .NET itself needs some dozens");
        foreach (string path in policy.ReadablePaths.Concat(policy.WritablePaths))
        {
            if (path.Length == 0 || path.Contains('\0'))
                yield return new(where, $"'{path}' is no path", "Name a file or folder");
        }
    }

    private static IEnumerable<SystemProblem> CheckLimits(string where, TaskLimits limits)
    {
        if (limits.MemoryBytes is < TaskLimits.LeastMemoryBytes or > TaskLimits.MostMemoryBytes)
            yield return new(where, $"{limits.MemoryBytes} bytes of memory can't be", "Give 8 MiB (8388608) or more; .NET itself needs some 30 MiB, unless the program was compiled ahead of time");
        if (limits.Processors is { } processors && !(processors is >= TaskLimits.LeastProcessors and <= TaskLimits.MostProcessors))
            yield return new(where, $"{processors} processors can't be", "Give 0.01 or more: 0.5 is half of one");
        if (limits.Threads is < 1 or > TaskLimits.MostThreads)
            yield return new(where, $"{limits.Threads} threads can't be", $"Give 1 to {TaskLimits.MostThreads}; .NET itself needs some dozens");
        if (limits is { IsRequired: true, AreNone: true })
            yield return new(where, "they are required, and there is none", "Give one, or leave that out");
    }

    private static IEnumerable<SystemProblem> CheckRestart(string where, RestartPolicy policy)
    {
        if (policy.FirstDelay < TimeSpan.Zero || policy.LongestDelay < policy.FirstDelay)
            yield return new(where, "the longest delay is below the first, or the first below 0", "Give delays with 0 <= first <= longest");
        if (!(policy.Factor >= 1) || double.IsInfinity(policy.Factor))
            yield return new(where, $"delays can't grow by the factor {policy.Factor}", "Give 1 or more");
        if (policy.HealthyAfter < TimeSpan.Zero)
            yield return new(where, "the time after which a task is healthy is below 0", "Give 0 or more");
        if (policy.Limit < 0)
            yield return new(where, $"{policy.Limit} restarts can't be", "Give 0 or more, or leave the limit out");
    }

    private static IEnumerable<SystemProblem> CheckWatch(string where, WatchPolicy policy)
    {
        if (policy.Limit < ShortestWatch || policy.Limit > LongestWatch)
            yield return new(where, $"{policy.Limit.TotalSeconds} s without a turn can't be watched for", "Give 0.1 s to a day");
    }

    /// <summary>Finds what a task that has no process of its own can't be held to.</summary>
    private static IEnumerable<SystemProblem> CheckInProcess(string where, TaskDefinition task)
    {
        if (!HostProgram.IsAssembly(task.Program))
            yield return new(where, $"its program {task.Program.Path} is no .NET assembly (.dll), which alone another process can load", "Leave InProcess out");
        if (AheadOfTimeStartup.IsAheadOfTime)
            yield return new(where, "this program was compiled ahead of time, and loads no other", "Leave InProcess out, or run the program as it is built");
        if (task.Program is { Method: not null, Arguments.IsEmpty: false })
            yield return new(where, "its method has arguments, and would find those of this process", "Leave them out while it is stepped through");
        if (!task.Limits.AreNone)
            yield return new(where, "it has limits, to which nothing holds a part of a process", "Leave them out while it is stepped through");
        if (task.Sandbox.RequiredLayers != SandboxLayers.None)
            yield return new(where, $"its sandbox requires layers ({task.Sandbox.RequiredLayers}), and it has no sandbox", "Require none while it is stepped through");
        if (task.Watch is { Kill: true })
            yield return new(where, "it is to be killed when it hangs, and can't be", "Watch it without that while it is stepped through");
    }

    private static IEnumerable<SystemProblem> CheckOrder(ImmutableArray<TaskDefinition> tasks)
    {
        if (StartOrder.FindCycle(tasks) is { } cycle)
        {
            yield return new(
                "start order",
                $"tasks wait for each other: {string.Join(" starts after ", cycle.Select(name => $"'{name}'"))}",
                "Take one of them out. A Call waits for its receiver by itself, so most tasks need no order");
        }
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex NamePattern();
}
