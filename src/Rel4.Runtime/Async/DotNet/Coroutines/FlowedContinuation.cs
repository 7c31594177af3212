namespace Rel4.Runtime;

/// <summary>Runs continuations under the execution context of their await.</summary>
/// <remarks>The compiler's <c>await</c> restores its context by itself; only a hand-written OnCompleted asks for this.</remarks>
internal static class FlowedContinuation
{
    /// <summary>Binds a continuation to the context of the caller.</summary>
    public static Action Of(Action continuation) =>
        ExecutionContext.Capture() is { } context
            ? () => ExecutionContext.Run(context, static action => ((Action)action!)(), continuation)
            : continuation;
}
