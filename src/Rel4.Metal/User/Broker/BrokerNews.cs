namespace Rel4.Metal.User;

/// <summary>What a task has told, or that it has ended.</summary>
internal readonly struct BrokerNews(BrokerTask task, bool hasEnded, Words words)
{
    /// <summary>Gets the task.</summary>
    public BrokerTask Task => task;

    /// <summary>Gets whether it has ended, by a fault; if not it has told something.</summary>
    public bool HasEnded => hasEnded;

    /// <summary>Gets what it told, or the words of the fault.</summary>
    public Words Words => words;
}
