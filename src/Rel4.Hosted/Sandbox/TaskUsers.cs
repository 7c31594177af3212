using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Hands out user numbers for tasks, so that to Linux each task is a user of its own.</summary>
/// <remarks>
/// Several supervisors may run on a machine, so each takes one block of the range for as long as it lives. What says that a block is taken
/// is a lock on a file in a folder that only they can enter. (A name that everybody may take would do for any task to keep them all out.)
/// </remarks>
internal sealed class TaskUsers : IDisposable
{
    /// <summary>How many users a block has, and so how many tasks a supervisor.</summary>
    public const int BlockSize = 4096;

    private const string DefaultFolder = "/run/rel4";

    private readonly Lock _lock = new();
    private readonly SafeFileHandle _claim;
    private readonly uint _first;
    private readonly HashSet<uint> _taken;
    private uint _next;

    private TaskUsers(SafeFileHandle claim, uint first)
    {
        _claim = claim;
        _first = first;
        _taken = [.. FindUsed(first)];
    }

    /// <summary>Takes a block.</summary>
    /// <param name="range">The users to choose from.</param>
    /// <param name="folder">Where supervisors agree.</param>
    /// <exception cref="IOException">The users are not there, the folder can't be had, or all blocks are taken.</exception>
    public static TaskUsers Claim(TaskUserRange range, string folder = DefaultFolder)
    {
        if (!UserNamespace.Has(range.First, range.Blocks * BlockSize))
        {
            throw new IOException(
                $"The users of tasks, from {range.First} on, are not mapped in this namespace of users (/proc/self/uid_map), as in a rootless container. Start as an ordinary user there, "
                + "or as root without capabilities (--cap-drop ALL): then tasks have no users of their own.");
        }

        PrivateFolder.Make(
            folder,
            "where supervisors agree on the users of their tasks",
            "Mount a file system that root can write there, or start as an ordinary user, whose tasks have no users of their own");
        for (uint block = 0; block < range.Blocks; block++)
        {
            uint first = range.First + (block * BlockSize);
            if (LockFile.TryTake(Path.Combine(folder, $"users-{first}")) is { } claim)
                return new TaskUsers(claim, first);
        }

        throw new IOException(
            $"All {range.Blocks} blocks of task users from {range.First} on are in use by other supervisors (the locks in {folder} tell which). "
            + "Stop one, or configure another range (TaskUserRange).");
    }

    /// <summary>Takes a user that no task has, and no process had when the block was taken; one given back is used again as late as possible.</summary>
    public uint Take()
    {
        lock (_lock)
        {
            for (int tries = 0; tries < BlockSize; tries++)
            {
                uint user = _first + (_next++ % BlockSize);
                if (_taken.Add(user))
                    return user;
            }
        }

        throw new IOException($"{BlockSize} tasks are running, as many as a supervisor has users for. Start another supervisor for more.");
    }

    /// <summary>Gives a user back when no process of it is left.</summary>
    public void Return(uint user)
    {
        lock (_lock)
            _taken.Remove(user);
    }

    /// <inheritdoc/>
    public void Dispose() => _claim.Dispose();

    /// <summary>Finds the users of a block that have processes: of an earlier supervisor's tasks, which are ending.</summary>
    private static IEnumerable<uint> FindUsed(uint first) => Directory.EnumerateDirectories("/proc")
        .Where(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _))
        .Select(UserOf).OfType<uint>().Where(user => user - first < BlockSize);

    /// <summary>Gets the user of a process; null if it is gone.</summary>
    /// <remarks>Not the owner of its folder: Linux shows root as that of what is undumpable.</remarks>
    private static uint? UserOf(string folder)
    {
        const string Line = "Uid:\t";
        try
        {
            // The real user comes first (proc_pid_status(5)).
            return PublicFile.ReadAllLines(Path.Combine(folder, "status")).FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal)) is { } line
                && uint.TryParse(line[Line.Length..].Split('\t')[0], CultureInfo.InvariantCulture, out uint user) ? user : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
