namespace Rel4.Runtime;

/// <summary>Is messages that wait to be written, first in first out.</summary>
/// <remarks>Invariant: after <see cref="DropStale"/> there are at most twice as many as somebody waited for at its last look at all, or <c>FewestSwept</c>.</remarks>
internal struct WriteQueue
{
    private const int FewestSwept = 16;

    private PendingWrite? _first;
    private PendingWrite? _last;
    private int _sweptAt;

    /// <summary>Gets how many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Gets whether there is none.</summary>
    public readonly bool IsEmpty => _first is null;

    /// <summary>Gets the first.</summary>
    public readonly PendingWrite First => _first!;

    /// <summary>Gets whether somebody waits for one of them.</summary>
    public readonly bool IsWaitedFor
    {
        get
        {
            PendingWrite? write = _first;
            while (write is { IsStale: true })
                write = write.Next;
            return write is not null;
        }
    }

    /// <summary>Appends a message.</summary>
    public void Enqueue(PendingWrite write)
    {
        Count++;
        write.Next = null;
        if (_last is null)
            _first = write;
        else
            _last.Next = write;
        _last = write;
    }

    /// <summary>Takes the first of a queue that is not empty.</summary>
    public PendingWrite Dequeue()
    {
        Count--;
        PendingWrite first = _first!;
        _first = first.Next;
        if (_first is null)
            _last = null;
        first.Next = null;
        return first;
    }

    /// <summary>Drops what nobody waits for any more and no part of is written, if there is much.</summary>
    public void DropStale()
    {
        if (Count < _sweptAt)
            return;
        for (int left = Count; left > 0; left--)
        {
            PendingWrite write = Dequeue();
            if (write.IsStale && !write.IsBegun)
                write.Return();
            else
                Enqueue(write);
        }

        _sweptAt = Math.Max(FewestSwept, Count * 2);
    }
}
