namespace Rel4.Runtime;

/// <summary>Is the free completions of one executor for one type of result; as many as were ever in use at once.</summary>
/// <typeparam name="T">The result.</typeparam>
internal sealed class CompletionPool<T>(Executor executor)
{
    private Completion<T>? _free;

    /// <summary>Takes a completion that is pending. It comes back by itself when its result is taken.</summary>
    public Completion<T> Rent()
    {
        if (_free is not { } completion)
            return new Completion<T>(executor, this) { IsFree = false };
        _free = completion.NextFree;
        completion.NextFree = null;
        completion.IsFree = false;
        return completion;
    }

    internal void Return(Completion<T> completion)
    {
        completion.NextFree = _free;
        _free = completion;
    }
}
