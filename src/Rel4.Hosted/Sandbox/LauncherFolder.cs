using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Is the folder that holds the temporary folders of a launcher's tasks.</summary>
/// <remarks>
/// A launcher that is killed leaves its folder behind, and the next one of the same user deletes it. What says that a launcher lives is a
/// lock on a file in its folder, which Linux drops when the launcher ends, however it ends.
/// </remarks>
internal sealed class LauncherFolder : IDisposable
{
    private const string Prefix = "rel4-tasks-";
    private const string HiddenPrefix = "rel4-new-";
    private const string LockName = "lock";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // Tasks pass through and see no names.
    private const UnixFileMode PassThrough = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly Lock _gate = new();
    private readonly SafeFileHandle _lock;
    private int _made;
    private int _present;
    private bool _isClosed;

    private LauncherFolder(string path, SafeFileHandle held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Gets where it is.</summary>
    public string Path { get; }

    /// <summary>Makes the folder, and deletes those of launchers that are gone.</summary>
    /// <exception cref="IOException">No folder can be made.</exception>
    public static LauncherFolder Create()
    {
        string place = System.IO.Path.GetTempPath();
        try
        {
            string draft = Directory.CreateTempSubdirectory(HiddenPrefix).FullName;
            SafeFileHandle held = TakeLock(draft) ?? throw new IOException($"{draft} is locked already");
            File.SetUnixFileMode(draft, PassThrough);
            // It gets the name that others look for only now that it is locked.
            string path = System.IO.Path.Combine(place, Prefix + System.IO.Path.GetRandomFileName());
            Directory.Move(draft, path);
            var folder = new LauncherFolder(path, held);
            folder.DeleteAbandoned();
            return folder;
        }
        catch (Exception cause) when (cause is IOException and not LinuxException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"{place}: no folder for the files of tasks can be made ({cause.Message.TrimEnd('.')}). "
                + "Set TMPDIR to a folder on a file system with room, where this user can write.",
                cause);
        }
    }

    /// <summary>Makes a folder for a task.</summary>
    /// <param name="owner">The user it is for, or null if that is the caller's.</param>
    public string Add(uint? owner)
    {
        string path;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            path = System.IO.Path.Combine(Path, $"{++_made}");
            Directory.CreateDirectory(path, OwnerOnly);
            _present++;
        }

        if (owner is { } user)
            FileOwner.Change(path, user);
        return path;
    }

    /// <summary>Deletes a task's folder.</summary>
    /// <remarks>The task must have ended: nothing may change in the folder while a privileged process deletes it.</remarks>
    public void Remove(string path)
    {
        FolderRemoval.Delete(path, Path);
        lock (_gate)
        {
            _present--;
            DeleteIfUnused();
        }
    }

    /// <summary>Deletes the folder, as soon as no task has one in it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            DeleteIfUnused();
        }
    }

    private void DeleteIfUnused()
    {
        if (!_isClosed || _present > 0)
            return;
        // Out of sight first: a new launcher might take it for abandoned between the lock's end and its own.
        string hidden = System.IO.Path.Combine(System.IO.Path.GetTempPath(), HiddenPrefix + System.IO.Path.GetRandomFileName());
        Directory.Move(Path, hidden);
        _lock.Dispose();
        Directory.Delete(hidden, recursive: true);
    }

    private void DeleteAbandoned()
    {
        uint? self = FileOwner.Of(Path);
        foreach (string other in Find(Prefix))
        {
            // Nobody but its owner and tasks that have ended can have changed a folder of our own.
            if (other == Path || FileOwner.Of(other) != self)
                continue;
            try
            {
                // Otherwise its launcher lives.
                using SafeFileHandle? held = TakeLock(other);
                if (held is not null)
                    FolderRemoval.Delete(other, Path);
            }
            catch (IOException)
            {
                // Another new launcher deletes it at this moment.
            }
        }
    }

    /// <summary>Finds folders whose names begin so. In a place that can't be read, none are found.</summary>
    private static string[] Find(string prefix)
    {
        try
        {
            return Directory.GetDirectories(System.IO.Path.GetTempPath(), prefix + "*");
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static SafeFileHandle? TakeLock(string folder) => LockFile.TryTake(System.IO.Path.Combine(folder, LockName));
}
