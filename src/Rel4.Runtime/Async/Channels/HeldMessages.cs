using System.Runtime.CompilerServices;

namespace Rel4.Runtime.Channels;

/// <summary>The messages of one channel that were read and not released: those in the ring, in its order, and those apart.</summary>
/// <remarks>
/// A queue whose places keep their objects, so that nothing is allocated, or even stored, for a message that comes and goes. Invariants:
/// 1. the first of the queue is in the ring; 2. those behind it are in the ring or free: they were released before their turn; 3. no object is at two
/// places, nor at one and among the spare ones.
/// </remarks>
internal sealed class HeldMessages
{
    private const int FirstLength = 16;

    private ChannelMessage?[] _queue = new ChannelMessage?[FirstLength];
    private uint _first;
    private uint _end;
    private ChannelMessage? _spare;
    private ChannelMessage? _newest;

    /// <summary>Gets whether none is in the ring.</summary>
    public bool IsEmpty => _first == _end;

    /// <summary>Gets the oldest in the ring; there is one.</summary>
    public ChannelMessage First => _queue[_first & (uint)(_queue.Length - 1)]!;

    /// <summary>Gets the first of all objects, those of messages that were released as well: see <see cref="ChannelMessage.Older"/>.</summary>
    public ChannelMessage? Newest => _newest;

    /// <summary>Adds one in the ring.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ChannelMessage Add(ulong position)
    {
        ChannelMessage?[] queue = _queue;
        uint end = _end;
        ChannelMessage? message = queue[end & (uint)(queue.Length - 1)];
        if (message is null || end - _first == (uint)queue.Length)
            message = MakePlace();
        _end = end + 1;
        message.Position = position;
        message.State = MessageState.InRing;
        return message;
    }

    /// <summary>Adds one that is apart.</summary>
    public ChannelMessage AddApart()
    {
        ChannelMessage message = TakeSpare();
        message.State = MessageState.Apart;
        return message;
    }

    /// <summary>Takes the oldest out of the ring; it is apart now.</summary>
    public void TakeFirstApart()
    {
        ref ChannelMessage? place = ref _queue[_first & (uint)(_queue.Length - 1)];
        place!.State = MessageState.Apart;
        place = null;
        _first++;
        SkipFree();
    }

    /// <summary>Takes back one that is in the ring.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ReleaseInRing(ChannelMessage message)
    {
        message.State = MessageState.Free;
        SkipFree();
    }

    /// <summary>Takes back one that is apart.</summary>
    public void ReleaseApart(ChannelMessage message)
    {
        message.Leave();
        message.NextFree = _spare;
        _spare = message;
    }

    /// <summary>Checks the invariants, for tests.</summary>
    public void AssertInvariants()
    {
        Invariant.Require(IsEmpty || First.State == MessageState.InRing, nameof(HeldMessages), 1);
        for (uint i = _first; i != _end; i++)
            Invariant.Require(_queue[i & (uint)(_queue.Length - 1)] is { State: MessageState.InRing or MessageState.Free }, nameof(HeldMessages), 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SkipFree()
    {
        ChannelMessage?[] queue = _queue;
        uint first = _first;
        while (first != _end && queue[first & (uint)(queue.Length - 1)]!.State == MessageState.Free)
            first++;
        _first = first;
    }

    /// <summary>Finds the object of the next in the ring, where there is no room or none yet.</summary>
    private ChannelMessage MakePlace()
    {
        if (_end - _first == (uint)_queue.Length)
            Grow();
        return _queue[_end & (uint)(_queue.Length - 1)] ??= TakeSpare();
    }

    private ChannelMessage TakeSpare()
    {
        if (_spare is not { } message)
            return _newest = new ChannelMessage { Older = _newest };

        _spare = message.NextFree;
        message.NextFree = null;
        return message;
    }

    private void Grow()
    {
        var longer = new ChannelMessage?[_queue.Length * 2];
        for (uint i = _first; i != _end; i++)
            longer[i & (uint)(longer.Length - 1)] = _queue[i & (uint)(_queue.Length - 1)];
        _queue = longer;
    }
}
