namespace Rel4.Runtime;

/// <summary>Is what a coroutine will run, with its argument; pooled by the executor's thread.</summary>
internal abstract class CoroutineBody
{
    /// <summary>Runs it, once, and gives this object back.</summary>
    public abstract ValueTask Invoke();
}

/// <summary>Is a <see cref="CoroutineBody"/> with an argument of one type.</summary>
/// <typeparam name="TState">The argument.</typeparam>
internal sealed class CoroutineBody<TState> : CoroutineBody
{
    [ThreadStatic]
    private static CoroutineBody<TState>? t_free;

    private Func<TState, ValueTask>? _function;
    private TState? _state;
    private CoroutineBody<TState>? _nextFree;

    public static CoroutineBody<TState> Rent(Func<TState, ValueTask> function, TState state)
    {
        CoroutineBody<TState> body = t_free ?? new CoroutineBody<TState>();
        t_free = body._nextFree;
        body._nextFree = null;
        body._function = function;
        body._state = state;
        return body;
    }

    public override ValueTask Invoke()
    {
        Func<TState, ValueTask> function = _function!;
        TState state = _state!;
        _function = null;
        _state = default;
        _nextFree = t_free;
        t_free = this;
        return function(state);
    }
}
