namespace Rel4.Runtime;

/// <summary>A delegate of .NET's that waits for its turn; pooled by its executor.</summary>
internal sealed class Continuation(Executor executor) : CoFrame
{
    private Action? _action;
    private Action<object?>? _actionOfState;
    private object? _state;

    /// <summary>Readies it for a use.</summary>
    public void Begin(Action action) => _action = action;

    /// <summary>Readies it for a use.</summary>
    public void Begin(Action<object?> action, object? state)
    {
        _actionOfState = action;
        _state = state;
    }

    internal override void MoveNext()
    {
        Action? action = _action;
        Action<object?>? actionOfState = _actionOfState;
        object? state = _state;
        _action = null;
        _actionOfState = null;
        _state = null;
        executor.Return(this);
        if (action is not null)
            action();
        else
            actionOfState!(state);
    }
}
