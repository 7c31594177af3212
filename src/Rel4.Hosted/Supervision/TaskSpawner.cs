using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.TaskSide;

namespace Rel4.Hosted.Supervision;

/// <summary>Starts the processes of tasks, each with a socket to the kernel.</summary>
internal sealed class TaskSpawner(ControlGroupPlace groups) : IDisposable
{
    private const int TaskSocket = 3;

    private readonly TaskLauncher _launcher = new(TaskUserRange.Default, groups);

    /// <summary>Starts the process of a task. It waits for the kernel to start its thread.</summary>
    /// <returns>The process, and the kernel's end of its socket.</returns>
    /// <exception cref="IOException">Linux refuses something, or a file is missing.</exception>
    public (TaskProcess Process, SafeFileHandle Socket) Start(TaskPlan plan)
    {
        (int kernelEnd, int taskEnd) = DescriptorSocket.CreatePair();
        using var taskSocket = new SafeFileHandle(taskEnd, ownsHandle: true);
        var kernelSocket = new SafeFileHandle(kernelEnd, ownsHandle: true);
        try
        {
            TaskCommand command = CommandFor(plan.Task.Program) with
            {
                Environment = EnvironmentFor(plan),
                Descriptors = ImmutableDictionary<int, SafeHandle>.Empty.Add(TaskSocket, taskSocket),
                Debug = plan.Task.Debug,
            };
            SandboxPolicy policy = plan.Task.Sandbox;
            if (HostProgram.NeedsHook(plan.Task.Program))
                AddHook(ref command, ref policy);
            return (_launcher.Start(command, policy, plan.Task.Limits), kernelSocket);
        }
        catch
        {
            kernelSocket.Dispose();
            throw;
        }
    }

    /// <summary>Kills the processes that still run.</summary>
    public void Dispose() => _launcher.Dispose();

    private static TaskCommand CommandFor(TaskProgram program)
    {
        if (!File.Exists(program.Path))
            throw new FileNotFoundException($"There is no program {program.Path}. Build it, or correct its path.", program.Path);
        return HostProgram.IsAssembly(program)
            ? TaskCommand.ForAssembly(program.Path, program.Arguments)
            : new TaskCommand { Executable = program.Path, Arguments = program.Arguments };
    }

    private static ImmutableDictionary<string, string> EnvironmentFor(TaskPlan plan) =>
        plan.Task.Environment.ToImmutableDictionary()
            .Add(CurrentTask.SocketVariable, $"{TaskSocket}")
            .Add(TaskManifest.Variable, plan.Manifest.ToString());

    private static void AddHook(ref TaskCommand command, ref SandboxPolicy policy)
    {
        string hook = HostProgram.HookPath;
        command = command with
        {
            NeededFiles = [.. command.NeededFiles, .. HostProgram.HookFiles],
            Environment = command.Environment.Add(HostProgram.StartupHooks, hook),
        };
        policy = policy with { ReadablePaths = policy.ReadablePaths.Add(Path.GetDirectoryName(hook)!) };
    }
}
