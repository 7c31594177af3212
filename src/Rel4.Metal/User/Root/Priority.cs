namespace Rel4.Metal.User;

/// <summary>Names the priorities. A task above the root task runs as soon as it is told to; so a test knows what it has done.</summary>
internal static class Priority
{
    /// <summary>Below the root task: runs while that waits.</summary>
    public const ulong Low = 50;

    /// <summary>The root task.</summary>
    public const ulong Root = 100;

    /// <summary>Tasks that do what they are told.</summary>
    public const ulong Worker = 150;
}
