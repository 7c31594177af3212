namespace Rel4.Runtime;

/// <summary>Those who wait for the next of something, first in first out.</summary>
/// <remarks>
/// Invariant: there are at most twice as many as waited still at the last look at all, or <c>FewestSwept</c>: so who waits and is cancelled without end fills no memory.
/// </remarks>
/// <typeparam name="T">What they wait for.</typeparam>
internal struct WaitQueue<T>
{
    private const int FewestSwept = 16;

    private GrowingQueue<Wait> _waits = new();
    private int _sweptAt = FewestSwept;

    public WaitQueue()
    {
    }

    /// <summary>Appends one who waits from now on.</summary>
    public void Enqueue(Completion<T> completion)
    {
        if (_waits.Count >= _sweptAt)
            Sweep();
        _waits.Enqueue(new Wait(completion));
    }

    /// <summary>Tells whether somebody waits still.</summary>
    public bool HasPending()
    {
        for (; !_waits.IsEmpty; _waits.Dequeue())
        {
            if (_waits.First.IsPending)
                return true;
        }

        return false;
    }

    /// <summary>Takes the first who waits; <see cref="HasPending"/> has told that there is one.</summary>
    public Completion<T> Dequeue() => _waits.Dequeue().Completion;

    private void Sweep()
    {
        for (int left = _waits.Count; left > 0; left--)
        {
            Wait wait = _waits.Dequeue();
            if (wait.IsPending)
                _waits.Enqueue(wait);
        }

        _sweptAt = Math.Max(FewestSwept, _waits.Count * 2);
    }

    /// <summary>A completion, in the use of one version.</summary>
    private readonly struct Wait(Completion<T> completion)
    {
        private readonly int _version = completion.Version;

        public Completion<T> Completion => completion;

        public bool IsPending => completion.IsPending(_version);
    }
}
