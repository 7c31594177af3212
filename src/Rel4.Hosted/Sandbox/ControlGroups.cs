using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Makes the control groups of a launcher's tasks.</summary>
/// <remarks>
/// All are in one group, which is made when the first is. What says that a launcher lives is a lock on a file of that, which Linux drops when the launcher ends, however it ends;
/// so the next launcher in the same place removes what one left that was killed. Its tasks have ended with it. Only the launcher's user can open that file: before it is closed to others,
/// nobody else can enter the group.
/// </remarks>
internal sealed class ControlGroups(ControlGroupPlace place) : IDisposable
{
    private const string Prefix = "rel4-tasks-";

    /// <summary>A new launcher looks through the place once, so it takes another's away once at most.</summary>
    private const int Attempts = 1000;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // A task that has a user of its own reads in its group how much memory it may have.
    private const UnixFileMode PassThrough = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>How often processes are moved out of the place: once for this one, once for what was just being started, and once more.</summary>
    private const int Moves = 3;

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
            Directory.CreateDirectory(path, OwnerOnly);
            if (TryLock(path) is not { } held)
                continue;
            try
            {
                File.SetUnixFileMode(held, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                File.SetUnixFileMode(path, PassThrough);
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

    /// <summary>
    /// Lets groups in the place have its controllers: this process moves to a group in it, unless it has done so, and so do those that it has started there, as tasks without limits.
    /// </summary>
    private void HandOn(string parent)
    {
        string file = Path.Combine(parent, ControlGroupPlace.HandedOn);
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                ControlFile.Write(file, Controllers());
                return;
            }
            catch (LinuxException refusal) when (refusal.Error == LinuxError.EBUSY)
            {
                // This process moves at first. What it starts then is there, too; but another thread may have started a process just before.
                if (attempt == Moves)
                    throw new IOException($"{parent} hands its controllers on to no groups of tasks, as other processes than those of this program have come to be in it. {ControlGroupPlace.Advice}", refusal);
                MoveOwn(parent);
            }
        }
    }

    private static void MoveOwn(string parent)
    {
        string host = Path.Combine(parent, ControlGroupPlace.HostGroup);
        Directory.CreateDirectory(host);
        ControlFile.Write(Path.Combine(host, ControlGroupPlace.Processes), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        foreach (string process in PublicFile.ReadAllLines(Path.Combine(parent, ControlGroupPlace.Processes)))
        {
            try
            {
                if (ProcessStatus.ParentOf(int.Parse(process, CultureInfo.InvariantCulture)) == Environment.ProcessId)
                    ControlFile.Write(Path.Combine(host, ControlGroupPlace.Processes), process);
            }
            catch (IOException)
            {
                // It has ended: before its file was opened, before that was read, or before it was moved.
            }
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
