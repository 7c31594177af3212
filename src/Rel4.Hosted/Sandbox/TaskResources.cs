namespace Rel4.Hosted.Sandbox;

/// <summary>Holds what a task has of the machine and gives back when its process is gone: its user and its folder.</summary>
internal sealed class TaskResources : IDisposable
{
    private readonly TaskUsers? _users;

    private TaskResources(TaskUsers? users, uint? user, PrivateFolder folder)
    {
        _users = users;
        User = user;
        Folder = folder;
    }

    /// <summary>Gets the task's own user, or null if it runs as the caller's.</summary>
    public uint? User { get; }

    /// <summary>Gets its temporary folder.</summary>
    public PrivateFolder Folder { get; }

    /// <summary>Takes what a task needs.</summary>
    /// <param name="users">Where users come from, or null if tasks run as the caller's.</param>
    public static TaskResources Take(TaskUsers? users)
    {
        uint? user = users?.Take();
        try
        {
            return new TaskResources(users, user, PrivateFolder.Create(user));
        }
        catch
        {
            if (user is { } taken)
                users!.Return(taken);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Folder.Dispose();
        if (User is { } user)
            _users!.Return(user);
    }
}
