namespace Rel4.Runtime;

/// <summary>What a coroutine runs, with its argument: the frame that begins it, and goes on when it has ended. Pooled.</summary>
/// <typeparam name="TState">The argument.</typeparam>
internal sealed unsafe class CoroutineBody<TState> : CoFrame
{
    private static CoroutineBody<TState>? s_free;

    private delegate*<TState, CoTask> _method;
    private TState? _state;
    private CoTask.Awaiter _task;

    public static CoroutineBody<TState> Rent(delegate*<TState, CoTask> method, TState state)
    {
        CoroutineBody<TState> body = s_free ?? new CoroutineBody<TState>();
        s_free = (CoroutineBody<TState>?)body.Next;
        body._method = method;
        body._state = state;
        return body;
    }

    internal override void MoveNext()
    {
        Coroutine coroutine = Owner!;
        if (_method != null)
        {
            _task = _method(_state!).GetAwaiter();
            _method = null;
            if (!_task.IsCompleted)
            {
                _task.Suspend(this);
                return;
            }
        }

        _task.GetResult();
        _state = default;
        Next = s_free;
        s_free = this;
        Executor.Required.Finish(coroutine);
    }
}
