using System.Threading.Tasks.Sources;

namespace Rel4.Runtime;

/// <summary>Is behind every yield: never complete when asked, ready at once when awaited. It has no state, so all yields share
/// one.</summary>
internal sealed class YieldSource(Executor executor) : IValueTaskSource
{
    public ValueTaskSourceStatus GetStatus(short token) => ValueTaskSourceStatus.Pending;

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        executor.RequireOwner();
        if ((flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0 && ExecutionContext.Capture() is { } context)
        {
            state = new FlowedContinuation(context, continuation, state);
            continuation = FlowedContinuation.Run;
        }

        executor.MakeReady(executor.BeginAwait(), continuation, state);
    }

    public void GetResult(short token)
    {
    }
}
