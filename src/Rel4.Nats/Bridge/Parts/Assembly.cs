using System.Buffers;

namespace Rel4.Nats.Bridge;

/// <summary>Puts a message together that comes in parts. On the executor's thread.</summary>
internal sealed class Assembly : IDisposable
{
    /// <summary>How far a sender may be ahead of what was told to have arrived.</summary>
    public const int Window = 1 << 20;

    private readonly ByteBudget _budget;
    private readonly Action<uint> _allow;
    private readonly int _length;
    private readonly LinkedListNode<(int Bytes, Action Granted)> _asked;
    private byte[] _bytes;
    private int _arrived;
    private uint _allowed;
    private bool _isEnded;

    /// <summary>Begins.</summary>
    /// <param name="budget">What its memory is part of.</param>
    /// <param name="length">The bytes of the whole message: <see cref="ByteBudget.Most"/> at most.</param>
    /// <param name="first">The first part.</param>
    /// <param name="allow">Tells the sender up to which offset it may send.</param>
    public Assembly(ByteBudget budget, int length, ReadOnlySpan<byte> first, Action<uint> allow)
    {
        (_budget, _length, _allow) = (budget, length, allow);
        _bytes = first.ToArray();
        _arrived = first.Length;
        _asked = budget.Reserve(length, Reserved);
    }

    /// <summary>Gets whether there is memory for it, and the sender was told to go on.</summary>
    public bool IsReserved { get; private set; }

    /// <summary>Gets whether all is there.</summary>
    public bool IsComplete => _arrived == _length;

    /// <summary>Gets the message.</summary>
    public ReadOnlyMemory<byte> Message => _bytes.AsMemory(0, _length);

    /// <summary>Adds a part.</summary>
    /// <returns>False if it is not what comes next, or more than was allowed.</returns>
    public bool TryAdd(uint offset, ReadOnlySpan<byte> part)
    {
        if (offset != _arrived || part.IsEmpty || (ulong)offset + (ulong)part.Length > Math.Min(_allowed, (uint)_length))
            return false;
        part.CopyTo(_bytes.AsSpan(_arrived));
        _arrived += part.Length;
        if (_allowed < _length && _allowed - _arrived <= Window / 2)
            Allow();
        return true;
    }

    /// <summary>Gives its memory back.</summary>
    public void Dispose()
    {
        if (_isEnded)
            return;
        _isEnded = true;
        if (!IsReserved)
        {
            _budget.Cancel(_asked);
            return;
        }

        ArrayPool<byte>.Shared.Return(_bytes);
        _budget.Return(_length);
    }

    private void Reserved()
    {
        byte[] all = ArrayPool<byte>.Shared.Rent(_length);
        _bytes.CopyTo(all, 0);
        _bytes = all;
        IsReserved = true;
        Allow();
    }

    private void Allow()
    {
        _allowed = (uint)Math.Min(_length, _arrived + Window);
        _allow(_allowed);
    }
}
