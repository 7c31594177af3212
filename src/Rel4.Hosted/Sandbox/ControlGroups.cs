using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Makes the control groups of a launcher's tasks.</summary>
/// <remarks>
/// All are in one group, which is made when the first is. What says that a launcher lives is a lock on a file of that, which Linux drops when the launcher ends, however it ends;
/// so the next launcher in the same place removes what one left that was killed. Its tasks have ended with it.
/// </remarks>
internal sealed class ControlGroups(ControlGroupPlace place) : IDisposable
{
    private const string Prefix = "rel4-tasks-";

    /// <summary>A new launcher looks through the place once, so it takes another's away once at most.</summary>
    private const int Attempts = 1000;

    private readonly Lock _gate = new();
    private SafeFileHandle? _lock;
    private string? _path;
    private int _made;
    private int _present;
    private bool _isClosed;

    /// <summary>Makes a group for a task.</summary>
    /// <param name="limits">The task's limits.</param>
    /// <returns>Null if no group would hold the task to any of them.</returns>
    /// <exception cref="LinuxException">Linux refuses it.</exception>
    public TaskGroup? Add(TaskLimits limits)
    {
        bool isOfUse = (limits.MemoryBytes is not null && place.Offers("memory")) || (limits.Processors is not null && place.Offers("cpu"))
            || (limits.Threads is not null && place.Offers("pids"));
        return isOfUse ? Make(limits) : null;
    }

    /// <summary>Makes a group for a task, which may hold it to nothing.</summary>
    /// <inheritdoc cref="Add" path="/*[not(self::summary) and not(self::returns)]"/>
    internal TaskGroup Make(TaskLimits limits)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _path ??= Open(place.Path!);
            string path = Path.Combine(_path, (++_made).ToString(CultureInfo.InvariantCulture));
            var group = TaskGroup.Create(path, limits, place, Remove);
            _present++;
            return group;
        }
    }

    /// <summary>Removes the group of all, as soon as no task has one in it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            RemoveIfUnused();
        }
    }

    /// <summary>Removes a group with those in it, none of which has processes.</summary>
    /// <returns>False if it is still there: a process in it has not quite ended, or others removed it at the same time.</returns>
    internal static bool TryRemove(string path)
    {
        try
        {
            foreach (string inner in Directory.GetDirectories(path))
                TryRemove(inner);
            Directory.Delete(path);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Remove(string path)
    {
        TryRemove(path);
        lock (_gate)
        {
            _present--;
            RemoveIfUnused();
        }
    }

    private void RemoveIfUnused()
    {
        if (!_isClosed || _present > 0 || _path is null)
            return;
        // What is left is for the next launcher.
        TryRemove(_path);
        _path = null;
        _lock!.Dispose();
    }

    /// <summary>Makes the group of all, and removes those of launchers that are gone.</summary>
    private string Open(string parent)
    {
        HandOn(parent);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            string path = Path.Combine(parent, Prefix + Path.GetRandomFileName());
            Directory.CreateDirectory(path);
            if (TryLock(path) is not { } held)
                continue;
            try
            {
                ControlFile.Write(Path.Combine(path, ControlGroupPlace.HandedOn), Controllers());
                RemoveAbandoned(parent, path);
            }
            catch
            {
                // The next task tries again, by another.
                TryRemove(path);
                held.Dispose();
                throw;
            }

            _lock = held;
            return path;
        }

        throw new IOException($"{parent}: no control group for tasks can be made: others took each of {Attempts} away before it was locked.");
    }

    /// <summary>Lets groups in the place have its controllers: this process moves to a group in it, unless it has done so.</summary>
    private void HandOn(string parent)
    {
        string file = Path.Combine(parent, ControlGroupPlace.HandedOn);
        try
        {
            ControlFile.Write(file, Controllers());
        }
        catch (LinuxException refusal) when (refusal.Error == LinuxError.EBUSY)
        {
            string host = Path.Combine(parent, ControlGroupPlace.HostGroup);
            Directory.CreateDirectory(host);
            ControlFile.Write(Path.Combine(host, ControlGroupPlace.Processes), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            ControlFile.Write(file, Controllers());
        }
    }

    private string Controllers() => string.Join(' ', place.Controllers.Order(StringComparer.Ordinal).Select(controller => $"+{controller}"));

    private static void RemoveAbandoned(string parent, string own)
    {
        foreach (string other in Directory.GetDirectories(parent, Prefix + "*").Where(other => other != own))
        {
            // Otherwise its launcher lives.
            using SafeFileHandle? held = TryLock(other);
            if (held is not null)
                TryRemove(other);
        }
    }

    private static SafeFileHandle? TryLock(string path)
    {
        try
        {
            return LockFile.TryTake(Path.Combine(path, ControlGroupPlace.Processes));
        }
        catch (LinuxException)
        {
            // It was removed meanwhile, or is another user's.
            return null;
        }
    }
}
