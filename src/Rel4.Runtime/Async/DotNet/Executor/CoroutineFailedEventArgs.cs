namespace Rel4.Runtime;

/// <summary>Tells of an exception that nobody awaited.</summary>
/// <param name="id">The coroutine that ended by it; the default for work that was posted.</param>
/// <param name="exception">The exception.</param>
public sealed class CoroutineFailedEventArgs(CoroutineId id, Exception exception) : EventArgs
{
    /// <summary>Gets the coroutine that ended by it; the default for work that was posted.</summary>
    public CoroutineId Id { get; } = id;

    /// <summary>Gets the exception.</summary>
    public Exception Exception { get; } = exception;
}
