namespace Rel4.Nats.Bridge;

/// <summary>Bounds the memory that long messages of one grant take while they arrive. On the executor's thread.</summary>
/// <remarks>A message's whole length is reserved before more than its beginning is let come, so that no two half of which have arrived wait for each other.</remarks>
internal sealed class ByteBudget
{
    /// <summary>The longest message.</summary>
    public const int Most = 64 << 20;

    private readonly Queue<(int Bytes, Action Granted)> _waiting = new();
    private long _left = Most;

    /// <summary>Reserves memory, now or when others have given back theirs, in the order of asking.</summary>
    /// <param name="bytes">How much: <see cref="Most"/> at most.</param>
    /// <param name="granted">Is called when it is there.</param>
    public void Reserve(int bytes, Action granted)
    {
        _waiting.Enqueue((bytes, granted));
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
        while (_waiting.TryPeek(out (int Bytes, Action Granted) next) && next.Bytes <= _left)
        {
            _waiting.Dequeue();
            _left -= next.Bytes;
            next.Granted();
        }
    }
}
