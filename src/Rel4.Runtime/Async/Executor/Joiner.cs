namespace Rel4.Runtime;

/// <summary>One who waits for the end of a coroutine: a completion of its own, in the use of one version.</summary>
internal sealed class Joiner(Completion<Nothing> completion, Joiner? next)
{
    private readonly int _version = completion.Version;

    /// <summary>Gets who joined before.</summary>
    public Joiner? Next => next;

    /// <summary>Gets the completion.</summary>
    public Completion<Nothing> Completion => completion;

    /// <summary>Gets which use of it.</summary>
    public int Version => _version;
}
