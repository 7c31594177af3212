using System.Collections.Concurrent;

namespace Rel4.Runtime.Tests;

/// <summary>An operation for other threads that ends as its number says: at once, later, by an exception, or when it is cancelled.</summary>
internal sealed class FakeOperation(Executor executor, CompletionPool<int> pool, ConcurrentQueue<FakeOperation> free) : RemoteOperation<int>
{
    /// <summary>Gets or sets the number, which is its result.</summary>
    public int Number { get; set; }

    /// <summary>Gets or sets how it ends.</summary>
    public FakeEnd Ends { get; set; }

    private protected override CoTask<int> Begin()
    {
        if (Ends == FakeEnd.Failing)
            throw new FormatException($"{Number}");
        Completion<int> completion = pool.Rent();
        int version = completion.Version;
        completion.CancelBy(CancellationToken);
        CoTask<int> wait = completion.Task;
        int number = Number;
        if (Ends == FakeEnd.AtOnce)
            completion.TrySetResult(version, number);
        else if (Ends == FakeEnd.Later)
            executor.Post(_ => completion.TrySetResult(version, number));
        return wait;
    }

    private protected override void Recycle() => free.Enqueue(this);
}

/// <summary>Names how a <see cref="FakeOperation"/> ends.</summary>
internal enum FakeEnd
{
    /// <summary>By its result, in the step in which it begins.</summary>
    AtOnce,

    /// <summary>By its result, in a later step.</summary>
    Later,

    /// <summary>By an exception.</summary>
    Failing,

    /// <summary>Only by its token.</summary>
    Never,
}
