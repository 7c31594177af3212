namespace Rel4.Runtime;

/// <summary>Is the free completions of one executor for one type of result; as many as were ever in use at once.</summary>
/// <remarks>First in, first out: what a completion's end has stored is done when it is used again (<see cref="Completion{T}.Task"/>).</remarks>
/// <typeparam name="T">The result.</typeparam>
internal sealed class CompletionPool<T>(Executor executor)
{
    private Completion<T>? _first;
    private Completion<T>? _last;

    /// <summary>Takes a completion that is pending. It comes back by itself when its result is taken.</summary>
    public Completion<T> Rent()
    {
        if (_first is not { } completion)
            return new Completion<T>(executor, this);
        _first = completion.NextFree;
        completion.NextFree = null;
        return completion;
    }

    internal void Return(Completion<T> completion)
    {
        if (_first is null)
            _first = completion;
        else
            _last!.NextFree = completion;
        _last = completion;
    }
}
