using System.IO.Pipelines;

namespace Rel4.Streams.Internal;

/// <summary>Goes on at once, but on threads that code goes home to.</summary>
/// <remarks>
/// What a client's loops await comes back to the context in which they await it. On an executor's thread, or under another context, that would be code's: a call that was begun there may be awaited there only, and code that blocks would
/// hold up its own connection.
/// </remarks>
internal sealed class CallingScheduler : PipeScheduler
{
    public static CallingScheduler Instance { get; } = new();

    public override void Schedule(Action<object?> action, object? state)
    {
        if (SynchronizationContext.Current is null && TaskScheduler.Current == TaskScheduler.Default)
            action(state);
        else
            ThreadPool.Schedule(action, state);
    }
}
