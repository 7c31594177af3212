namespace Rel4.Hosted.Sandbox;

/// <summary>Holds what a task has of the machine and gives back when its process is gone: its user and its folder.</summary>
internal sealed class TaskResources : IDisposable
{
    private readonly LauncherFolder _folders;
    private readonly TaskUsers? _users;

    private TaskResources(LauncherFolder folders, TaskUsers? users, uint? user)
    {
        _folders = folders;
        _users = users;
        User = user;
        Folder = folders.Add(user);
    }

    /// <summary>Gets the task's own user, or null if it runs as the caller's.</summary>
    public uint? User { get; }

    /// <summary>Gets its temporary folder.</summary>
    public string Folder { get; }

    /// <summary>Takes what a task needs.</summary>
    /// <param name="folders">Where its folder is to be.</param>
    /// <param name="users">Where users come from, or null if tasks run as the caller's.</param>
    public static TaskResources Take(LauncherFolder folders, TaskUsers? users)
    {
        uint? user = users?.Take();
        try
        {
            return new TaskResources(folders, users, user);
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
        _folders.Remove(Folder);
        if (User is { } user)
            _users!.Return(user);
    }
}
