using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Is a sandboxed process of a task.</summary>
/// <remarks>
/// It may be used from any thread. Its owner must dispose of it: that kills a process which still runs, deletes its folder, for which a
/// hostile task can make it take long, removes its control group, and gives its user back.
/// </remarks>
internal sealed class TaskProcess : ITaskProcess
{
    private readonly Lock _lock = new();
    private readonly TaskResources _resources;
    private TaskEnd? _end;

    internal TaskProcess(int id, SafeFileHandle descriptor, PipeStream output, PipeStream error, TaskResources resources)
    {
        Id = id;
        Descriptor = descriptor;
        Output = output;
        Error = error;
        _resources = resources;
    }

    /// <summary>Gets the number of the process, for people to read: signals go through <see cref="Descriptor"/>.</summary>
    public int Id { get; }

    /// <summary>Gets the descriptor of the process (<c>pidfd_open(2)</c>). It polls as readable once the process has ended.</summary>
    public SafeFileHandle Descriptor { get; }

    /// <summary>Gets what the task writes to standard output. A task that writes waits while nobody reads.</summary>
    public PipeStream Output { get; }

    /// <summary>Gets what the task writes to standard error.</summary>
    public PipeStream Error { get; }

    /// <summary>Gets the task's own user, or null if it runs as the caller's.</summary>
    public uint? User => _resources.User;

    /// <summary>Gets the task's temporary folder, which exists until this is disposed of.</summary>
    public string TemporaryFolder => _resources.Folder;

    /// <summary>Asks the task to end (<c>SIGTERM</c>).</summary>
    public void Terminate() => ProcessDescriptor.Send(Descriptor, Signal.Terminate);

    /// <summary>Ends the task at once (<c>SIGKILL</c>).</summary>
    public void Kill() => ProcessDescriptor.Send(Descriptor, Signal.Kill);

    /// <summary>Waits for the end of the process.</summary>
    public TaskEnd WaitForEnd() => WaitForEnd(Timeout.InfiniteTimeSpan)!.Value;

    /// <summary>Waits for the end of the process, or looks whether it has ended if the limit is zero.</summary>
    /// <param name="limit">How long to wait.</param>
    /// <returns>The end, or null if the process still runs.</returns>
    public TaskEnd? WaitForEnd(TimeSpan limit)
    {
        lock (_lock)
        {
            if (_end is not null)
                return _end;
        }

        if (!ProcessDescriptor.WaitForEnd(Descriptor, limit))
            return null;
        lock (_lock)
        {
            if (_end is null)
            {
                var end = TaskEnd.From(ProcessDescriptor.Reap(Descriptor));
                _end = _resources.Group?.Explain(end) ?? end;
            }

            return _end;
        }
    }

    /// <summary>Kills the process if it still runs, and closes what belongs to it.</summary>
    public void Dispose()
    {
        if (Descriptor.IsClosed)
            return;
        Kill();
        WaitForEnd();
        _resources.Dispose();
        Descriptor.Dispose();
        Output.Dispose();
        Error.Dispose();
    }
}
