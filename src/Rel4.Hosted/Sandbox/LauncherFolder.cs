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
    private readonly FileStream _lock;
    private int _made;
    private int _present;
    private bool _isClosed;

    private LauncherFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Gets where it is.</summary>
    public string Path { get; }

    /// <summary>Makes the folder, and deletes those of launchers that are gone.</summary>
    public static LauncherFolder Create()
    {
        string draft = Directory.CreateTempSubdirectory(HiddenPrefix).FullName;
        FileStream held = TakeLock(draft);
        File.SetUnixFileMode(draft, PassThrough);
        // It gets the name that others look for only now that it is locked.
        string path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), Prefix + System.IO.Path.GetRandomFileName());
        Directory.Move(draft, path);
        var folder = new LauncherFolder(path, held);
        folder.DeleteAbandoned();
        return folder;
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
        foreach (string other in Directory.EnumerateDirectories(System.IO.Path.GetTempPath(), Prefix + "*"))
        {
            // Nobody but its owner and tasks that have ended can have changed a folder of our own.
            if (other == Path || FileOwner.Of(other) != self)
                continue;
            try
            {
                using FileStream held = TakeLock(other);
                FolderRemoval.Delete(other, Path);
            }
            catch (IOException)
            {
                // Its launcher lives, or another new launcher deletes it at this moment.
            }
        }
    }

    /// <summary>Takes the lock, or throws if another process has it.</summary>
    private static FileStream TakeLock(string folder) =>
        new(System.IO.Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
}
