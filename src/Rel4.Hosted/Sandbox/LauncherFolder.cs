using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Is the folder that holds the temporary folders of a launcher's tasks.</summary>
/// <remarks>
/// A launcher that is killed leaves its folder behind, and the next one of the same user deletes it. What says that a launcher lives is a
/// lock on a file in its folder, which Linux drops when the launcher ends, however it ends. A folder without a lock that is held, at
/// whatever step its launcher was killed, is abandoned; so a new one may find its own taken away before it has the lock, and makes another.
/// </remarks>
internal sealed class LauncherFolder : IDisposable
{
    private const string Prefix = "rel4-tasks-";
    private const string LockName = "lock";

    /// <summary>A new launcher looks through the folder once, so it takes another's away once at most: this is for many that start at once.</summary>
    private const int Attempts = 1000;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // Tasks pass through and see no names.
    private const UnixFileMode PassThrough = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly Lock _gate = new();
    private readonly string _place;
    private readonly SafeFileHandle _lock;
    private int _made;
    private int _present;
    private bool _isClosed;

    private LauncherFolder(string place, string path, SafeFileHandle held)
    {
        _place = place;
        Path = path;
        _lock = held;
    }

    /// <summary>Gets where it is.</summary>
    public string Path { get; }

    /// <summary>Makes the folder where temporary files belong, and deletes those of launchers that are gone.</summary>
    /// <exception cref="IOException">No folder can be made.</exception>
    public static LauncherFolder Create() => Create(System.IO.Path.GetTempPath());

    /// <summary>Makes the folder, and deletes those of launchers that are gone.</summary>
    /// <param name="place">Where to.</param>
    /// <exception cref="IOException">No folder can be made.</exception>
    public static LauncherFolder Create(string place)
    {
        try
        {
            for (int attempt = 0; attempt < Attempts; attempt++)
            {
                if (TryCreate(place) is not { } folder)
                    continue;
                folder.DeleteAbandoned();
                return folder;
            }

            throw new IOException($"others took each of {Attempts} away before it was locked");
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

        try
        {
            if (owner is { } user)
                FileOwner.Change(path, user);
        }
        catch (LinuxException)
        {
            Remove(path);
            throw;
        }

        return path;
    }

    /// <summary>Deletes a task's folder.</summary>
    /// <remarks>The task should have ended, or the folder may stay until the launcher ends.</remarks>
    public void Remove(string path)
    {
        try
        {
            FolderRemoval.Delete(path, Path);
        }
        catch (IOException)
        {
            // Somebody has deleted it. Otherwise it goes with the launcher's folder, or by the next launcher.
        }

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

    /// <summary>Makes and locks the folder.</summary>
    /// <returns>Null if another new launcher took it for abandoned before it was locked, and deletes it.</returns>
    private static LauncherFolder? TryCreate(string place)
    {
        string path = MakeFolder(place);
        try
        {
            if (TakeLock(path) is not { } held)
                return null;
            File.SetUnixFileMode(path, PassThrough);
            return new LauncherFolder(place, path, held);
        }
        catch (LinuxException failure) when (failure.Error == LinuxError.ENOENT)
        {
            return null;
        }
    }

    private static string MakeFolder(string place)
    {
        if (!Directory.Exists(place))
            throw new DirectoryNotFoundException("it is not there");
        string path;
        do
            path = System.IO.Path.Combine(place, Prefix + System.IO.Path.GetRandomFileName());
        while (Directory.Exists(path));
        return Directory.CreateDirectory(path, OwnerOnly).FullName;
    }

    private void DeleteIfUnused()
    {
        if (!_isClosed || _present > 0)
            return;
        try
        {
            // What a removal has left is as hostile as before.
            foreach (string left in Directory.GetDirectories(Path))
                FolderRemoval.Delete(left, Path);
            File.Delete(System.IO.Path.Combine(Path, LockName));
            Directory.Delete(Path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Somebody has deleted it, or a new launcher does so, to which it looked abandoned as soon as its lock was deleted. What is
            // left is for the next one.
        }

        _lock.Dispose();
    }

    private void DeleteAbandoned()
    {
        uint? self = FileOwner.Of(Path);
        foreach (string other in Find())
        {
            // Nobody but its owner and tasks that have ended can have changed a folder of our own.
            if (other == Path || FileOwner.Of(other) != self)
                continue;
            try
            {
                // Otherwise its launcher lives.
                using SafeFileHandle? held = TakeLock(other);
                if (held is null)
                    continue;
                // Out of others' sight first: while it is emptied they would find it without its lock.
                string aside = System.IO.Path.Combine(Path, $"abandoned-{System.IO.Path.GetRandomFileName()}");
                Directory.Move(other, aside);
                FolderRemoval.Delete(aside, Path);
            }
            catch (IOException)
            {
                // Another new launcher deletes it at this moment.
            }
        }
    }

    /// <summary>Finds the folders of launchers. In a place that can't be read, none are found.</summary>
    private string[] Find()
    {
        try
        {
            return Directory.GetDirectories(_place, Prefix + "*");
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static SafeFileHandle? TakeLock(string folder) => LockFile.TryTake(System.IO.Path.Combine(folder, LockName));
}
