namespace Rel4.Runtime;

/// <summary>Runs a continuation under the execution context of its await.</summary>
/// <remarks>The compiler's <c>await</c> restores its context by itself; only a hand-written OnCompleted asks for this.</remarks>
internal sealed class FlowedContinuation(ExecutionContext context, Action<object?> continuation, object? state)
{
    public static readonly Action<object?> Run = static flowed => ((FlowedContinuation)flowed!).RunInContext();

    private void RunInContext() => ExecutionContext.Run(context, new ContextCallback(continuation), state);
}
