namespace Rel4.Runtime;

/// <summary>
/// Is the free completions of one executor for one type of result: <see cref="Spares"/> more than were ever in use at once. They take turns, so
/// that a task which is awaited once more is found out: what it stood for is still free.
/// </summary>
/// <typeparam name="T">The result.</typeparam>
internal sealed class CompletionPool<T>(Executor executor)
{
    private const int Spares = 32;

    private Completion<T>? _oldest;
    private Completion<T>? _newest;
    private int _count;

    /// <summary>Takes a completion that is pending. It comes back by itself when its result is taken.</summary>
    public Completion<T> Rent()
    {
        while (_count < Spares)
            Return(new Completion<T>(executor, this));
        Completion<T> completion = _oldest!;
        _oldest = completion.NextFree;
        completion.NextFree = null;
        completion.IsFree = false;
        _count--;
        return completion;
    }

    internal void Return(Completion<T> completion)
    {
        if (_count++ == 0)
            _oldest = completion;
        else
            _newest!.NextFree = completion;
        _newest = completion;
    }
}
