using System.Net.Sockets;

namespace Rel4.Hosted.Sandbox;

/// <summary>Hands out user numbers for tasks, so that to Linux each task is a user of its own.</summary>
/// <remarks>
/// Several supervisors may run on a machine, so each takes one block of the range for as long as it lives. What says that a block is taken
/// is an abstract Unix socket of that name, which Linux removes when the supervisor ends, however it ends.
/// </remarks>
internal sealed class TaskUsers : IDisposable
{
    /// <summary>How many users a block has, and so how many tasks a supervisor.</summary>
    public const int BlockSize = 4096;

    private readonly Lock _lock = new();
    private readonly Socket _claim;
    private readonly uint _first;
    private readonly HashSet<uint> _taken = [];
    private uint _next;

    private TaskUsers(Socket claim, uint first)
    {
        _claim = claim;
        _first = first;
    }

    /// <summary>Takes a block.</summary>
    /// <param name="range">The users to choose from.</param>
    public static TaskUsers Claim(TaskUserRange range)
    {
        for (uint block = 0; block < range.Blocks; block++)
        {
            uint first = range.First + (block * BlockSize);
            var claim = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                claim.Bind(new UnixDomainSocketEndPoint($"\0rel4-users-{first}"));
                return new TaskUsers(claim, first);
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                claim.Dispose();
            }
        }

        throw new InvalidOperationException(
            $"All {range.Blocks} blocks of task users from {range.First} on are in use by other supervisors: configure another range.");
    }

    /// <summary>Takes a user that no task has; one given back is used again as late as possible.</summary>
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

        throw new InvalidOperationException($"{BlockSize} tasks are running, as many as a supervisor has users for.");
    }

    /// <summary>Gives a user back when no process of it is left.</summary>
    public void Return(uint user)
    {
        lock (_lock)
            _taken.Remove(user);
    }

    /// <inheritdoc/>
    public void Dispose() => _claim.Dispose();
}
