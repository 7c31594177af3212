namespace Rel4.Hosted.Sandbox;

/// <summary>Holds what a task has of the machine and gives back when its process is gone: its user, its folder and its control group.</summary>
internal sealed class TaskResources : IDisposable
{
    private readonly LauncherFolder _folders;
    private readonly TaskUsers? _users;

    private TaskResources(LauncherFolder folders, TaskUsers? users, uint? user, TaskGroup? group)
    {
        _folders = folders;
        _users = users;
        User = user;
        Group = group;
        Folder = folders.Add(user);
    }

    /// <summary>Gets the task's own user, or null if it runs as the caller's.</summary>
    public uint? User { get; }

    /// <summary>Gets its temporary folder.</summary>
    public string Folder { get; }

    /// <summary>Gets its control group; null if it has none of its own.</summary>
    public TaskGroup? Group { get; }

    /// <summary>Takes what a task needs.</summary>
    /// <param name="folders">Where its folder is to be.</param>
    /// <param name="users">Where users come from, or null if tasks run as the caller's.</param>
    /// <param name="groups">Where control groups come from.</param>
    /// <param name="limits">The task's limits.</param>
    public static TaskResources Take(LauncherFolder folders, TaskUsers? users, ControlGroups groups, TaskLimits limits)
    {
        uint? user = users?.Take();
        TaskGroup? group = null;
        try
        {
            group = groups.Add(limits);
            return new TaskResources(folders, users, user, group);
        }
        catch
        {
            group?.Dispose();
            if (user is { } taken)
                users!.Return(taken);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Group?.Dispose();
        _folders.Remove(Folder);
        if (User is { } user)
            _users!.Return(user);
    }
}
