using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Is the control group of a task's process.</summary>
internal sealed class TaskGroup : IDisposable
{
    /// <summary>The time in which Linux counts a group's use of processors (<c>cpu.max</c>), in microseconds: its default.</summary>
    private const double PeriodUs = 100_000;

    private readonly string _path;
    private readonly TaskLimits _limits;
    private readonly Action<string> _remove;

    private TaskGroup(string path, TaskLimits limits, Action<string> remove)
    {
        _path = path;
        _limits = limits;
        _remove = remove;
        Processes = ControlFile.Open(Path.Combine(path, ControlGroupPlace.Processes));
    }

    /// <summary>Gets where a process writes 0 to move to the group.</summary>
    public SafeFileHandle Processes { get; }

    /// <summary>Gets whether the group holds the task to its limit of memory.</summary>
    public bool LimitsMemory { get; private init; }

    /// <summary>Gets whether the group holds the task to its limit of processor time.</summary>
    public bool LimitsProcessors { get; private init; }

    /// <summary>Makes a group.</summary>
    /// <param name="path">Its folder, which is not there yet.</param>
    /// <param name="limits">What it is held to, as far as the place offers.</param>
    /// <param name="place">Where it lies.</param>
    /// <param name="remove">Removes the folder.</param>
    /// <exception cref="LinuxException">Linux refuses something.</exception>
    public static TaskGroup Create(string path, TaskLimits limits, ControlGroupPlace place, Action<string> remove)
    {
        Directory.CreateDirectory(path);
        try
        {
            if (limits.MemoryBytes is { } bytes && place.Offers("memory"))
            {
                Write("memory.max", bytes);
                // What is swapped out is memory, too, and a task is one process.
                WriteIfPresent("memory.swap.max", 0);
                WriteIfPresent("memory.oom.group", 1);
            }

            if (limits.Processors is { } processors && place.Offers("cpu"))
                ControlFile.Write(Path.Combine(path, "cpu.max"), string.Create(CultureInfo.InvariantCulture, $"{(long)(processors * PeriodUs)} {(long)PeriodUs}"));
            if (limits.Threads is { } threads && place.Offers("pids"))
                Write("pids.max", threads);
            return new TaskGroup(path, limits, remove)
            {
                LimitsMemory = limits.MemoryBytes is not null && place.Offers("memory"),
                LimitsProcessors = limits.Processors is not null && place.Offers("cpu"),
            };
        }
        catch
        {
            ControlGroups.TryRemove(path);
            throw;
        }

        void Write(string name, long value) => ControlFile.Write(Path.Combine(path, name), value.ToString(CultureInfo.InvariantCulture));

        void WriteIfPresent(string name, long value)
        {
            if (File.Exists(Path.Combine(path, name)))
                Write(name, value);
        }
    }

    /// <summary>Tells more of the end of the task's process, which has ended.</summary>
    public TaskEnd Explain(TaskEnd end) =>
        // Linux also counts those that it killed as a group around this one, or the machine, had no memory left.
        end.Signal == Signal.Kill && LimitsMemory && Count("memory.events", "oom") > 0 && Count("memory.events", "oom_kill") > 0 ? end with { MemoryLimit = _limits.MemoryBytes } : end;

    /// <summary>Removes the group, whose process has ended.</summary>
    public void Dispose()
    {
        Processes.Dispose();
        _remove(_path);
    }

    private long Count(string file, string name)
    {
        try
        {
            string? line = PublicFile.ReadAllLines(Path.Combine(_path, file)).FirstOrDefault(line => line.StartsWith($"{name} ", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
