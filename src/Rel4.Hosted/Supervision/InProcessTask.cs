using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.TaskSide;

namespace Rel4.Hosted.Supervision;

/// <summary>Runs a task inside of this process, on threads of its own, so that it can be stepped through with what composes the system (<see cref="TaskBuilder.InProcess"/>).</summary>
/// <remarks>
/// To the kernel it is a process whose end an eventfd tells. Nothing can end its threads but they themselves: whoever stops it has it find that its kernel has ended.
/// </remarks>
internal sealed class InProcessTask : ITaskProcess
{
    /// <summary>The exit code of a task that was told to end; a shell shows it for a process that <c>SIGTERM</c> ended.</summary>
    private const int Terminated = 143;

    /// <summary>How long a task that is killed has to find that its kernel has ended.</summary>
    private static readonly TimeSpan s_lastChance = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource<TaskEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly Action<string> _writeError;

    // Another descriptor of the task's end: the number of the task's own is somebody else's once the task has closed it.
    private readonly SafeFileHandle _taskSocket;
    private bool _isDisposed;
    private volatile bool _isTerminated;

    /// <summary>Starts the task. It waits for the kernel to start its thread.</summary>
    /// <param name="plan">The task.</param>
    /// <param name="writeError">Writes what ended it, if it is a failure.</param>
    /// <exception cref="IOException">Linux refuses something, or a file is missing.</exception>
    /// <exception cref="InvalidOperationException">It wants variables that are not in this process' environment.</exception>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Refused where the program was compiled ahead of time, which alone leaves parts out.")]
    public InProcessTask(TaskPlan plan, Action<string> writeError)
    {
        _writeError = writeError;
        DemandEnvironment(plan.Task);
        Main main = Load(plan.Task);
        string manifest = plan.Manifest.ToString(), program = plan.Task.Program.Path;
        string[] arguments = [.. plan.Task.Program.Arguments];
        bool waits = plan.Task.Debug is { WaitsForDebugger: true };
        Descriptor = new SafeFileHandle(LinuxException.Check(Descriptors.TryCreateEvent(), "eventfd"), ownsHandle: true);
        int taskEnd = -1;
        try
        {
            (int kernelEnd, taskEnd) = DescriptorSocket.CreatePair();
            KernelSocket = new SafeFileHandle(kernelEnd, ownsHandle: true);
            _taskSocket = new SafeFileHandle(Descriptors.Duplicate(taskEnd), ownsHandle: true);
            new Thread(() => main(taskEnd, manifest, program, arguments, waits, Leave, Ended)) { IsBackground = true, Name = $"reL4 task '{plan.Task.Name}'" }.UnsafeStart();
        }
        catch
        {
            // The task, which does not begin, would have closed its end.
            if (taskEnd >= 0)
                _ = Descriptors.Close(taskEnd);
            _taskSocket?.Dispose();
            KernelSocket?.Dispose();
            Descriptor.Dispose();
            throw;
        }
    }

    /// <summary>What the task's copy of the runtime has for it (<see cref="InProcessStartup.Run"/>).</summary>
    private delegate void Main(int socket, string manifest, string program, string[] arguments, bool waits, Action leave, Action<int, Exception?> ended);

    /// <inheritdoc/>
    public int Id => Environment.ProcessId;

    /// <inheritdoc/>
    public SafeFileHandle Descriptor { get; }

    /// <summary>Gets the kernel's end of its socket.</summary>
    public SafeFileHandle KernelSocket { get; }

    /// <summary>Has the task find that its kernel has ended: what waits for that, or calls it, fails.</summary>
    public void Terminate()
    {
        _isTerminated = true;
        Leave();
    }

    /// <summary>As <see cref="Terminate"/>, and soon leaves the task behind if it has not ended then: its threads go on until they make a call, and nobody waits for them.</summary>
    public void Kill()
    {
        Terminate();
        _ = LeaveBehindAsync();
    }

    /// <inheritdoc/>
    public TaskEnd WaitForEnd() => _end.Task.GetAwaiter().GetResult();

    /// <summary>Leaves the task behind if it still runs.</summary>
    public void Dispose()
    {
        Terminate();
        End(default);
        lock (_lock)
        {
            _isDisposed = true;
            KernelSocket.Dispose();
            _taskSocket.Dispose();
            Descriptor.Dispose();
        }
    }

    /// <summary>Refuses a task whose variables this process' environment has not: a process has one environment.</summary>
    private static void DemandEnvironment(TaskDefinition task)
    {
        string lacking = string.Join(", ", task.Environment.Where(variable => Environment.GetEnvironmentVariable(variable.Key) != variable.Value).Select(variable => $"{variable.Key}={variable.Value}"));
        if (lacking.Length > 0)
        {
            throw new InvalidOperationException(
                $"Task '{task.Name}' runs inside of this process, whose environment is not as the task's would be: set {lacking} for the whole process, or leave InProcess out.");
        }
    }

    [RequiresUnreferencedCode("Loads a program that the composing one need not know.")]
    private static Main Load(TaskDefinition task)
    {
        if (!File.Exists(task.Program.Path))
            throw new FileNotFoundException($"There is no program {task.Program.Path}. Build it, or correct its path.", task.Program.Path);
        var context = new TaskLoadContext($"reL4 task '{task.Name}'", task.Program.Path);
        Type startup = context.LoadFromAssemblyName(typeof(InProcessStartup).Assembly.GetName()).GetType(typeof(InProcessStartup).FullName!, throwOnError: true)!;
        return startup.GetMethod(nameof(InProcessStartup.Run), BindingFlags.Static | BindingFlags.Public)!.CreateDelegate<Main>();
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (!_isDisposed)
                DescriptorSocket.ShutDown(_taskSocket);
        }
    }

    private async Task LeaveBehindAsync()
    {
        await Task.Delay(s_lastChance).ConfigureAwait(false);
        End(default);
    }

    private void Ended(int exitCode, Exception? failure)
    {
        if (failure is null)
        {
            End(new TaskEnd(exitCode, null));
        }
        else if (_isTerminated)
        {
            // That its kernel has ended is how it was told to end. The text of failures keeps files open, too.
            End(new TaskEnd(Terminated, null));
        }
        else
        {
            foreach (string line in $"Unhandled exception. {failure}".Split('\n'))
                _writeError(line.TrimEnd('\r'));
            End(new TaskEnd(exitCode, null));
        }
    }

    private void End(TaskEnd end)
    {
        lock (_lock)
        {
            if (_end.TrySetResult(end))
                Descriptors.Ring((int)Descriptor.DangerousGetHandle());
        }
    }
}
