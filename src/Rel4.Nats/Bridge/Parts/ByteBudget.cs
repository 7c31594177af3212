namespace Rel4.Nats.Bridge;

/// <summary>Bounds the memory that long messages of one grant take while they arrive. On the executor's thread.</summary>
/// <remarks>A message's whole length is reserved before more than its beginning is let come, so that no two half of which have arrived wait for each other.</remarks>
internal sealed class ByteBudget
{
    /// <summary>The longest message.</summary>
    public const int Most = 64 << 20;

    private readonly LinkedList<(int Bytes, Action Granted)> _waiting = new();
    private long _left = Most;

    /// <summary>Reserves memory, now or when others have given back theirs, in the order of asking.</summary>
    /// <param name="bytes">How much: <see cref="Most"/> at most.</param>
    /// <param name="granted">Is called when it is there.</param>
    /// <returns>What <see cref="Cancel"/> takes.</returns>
    public LinkedListNode<(int Bytes, Action Granted)> Reserve(int bytes, Action granted)
    {
        LinkedListNode<(int Bytes, Action Granted)> asked = _waiting.AddLast((bytes, granted));
        Grant();
        return asked;
    }

    /// <summary>Waits no longer for memory that was not granted.</summary>
    public void Cancel(LinkedListNode<(int Bytes, Action Granted)> asked)
    {
        _waiting.Remove(asked);
        Grant();
    }

    /// <summary>Gives memory back.</summary>
    public void Return(int bytes)
    {
        _left += bytes;
        Grant();
    }

    private void Grant()
    {
        while (_waiting.First is { } next && next.Value.Bytes <= _left)
        {
            _waiting.RemoveFirst();
            _left -= next.Value.Bytes;
            next.Value.Granted();
        }
    }
}
