namespace Rel4.Runtime;

/// <summary>What a coroutine will run, with its argument: the frame that begins it, once. Pooled by the executor's thread.</summary>
/// <typeparam name="TState">The argument.</typeparam>
internal sealed class CoroutineBody<TState> : CoFrame
{
    [ThreadStatic]
    private static CoroutineBody<TState>? t_free;

    private Func<TState, ValueTask>? _function;
    private TState? _state;

    public static CoroutineBody<TState> Rent(Func<TState, ValueTask> function, TState state)
    {
        CoroutineBody<TState> body = t_free ?? new CoroutineBody<TState>();
        t_free = (CoroutineBody<TState>?)body.Next;
        body.Next = null;
        body._function = function;
        body._state = state;
        return body;
    }

    internal override void MoveNext()
    {
        Coroutine coroutine = Owner!;
        Func<TState, ValueTask> function = _function!;
        TState state = _state!;
        Owner = null;
        _function = null;
        _state = default;
        Next = t_free;
        t_free = this;
        try
        {
            coroutine.Await(function(state));
        }
        catch (Exception error)
        {
            // Thrown by a method that is not async itself.
            coroutine.Fail(error);
        }
    }
}
