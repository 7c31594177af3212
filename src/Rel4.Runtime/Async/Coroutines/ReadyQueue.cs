using System.Numerics;
using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>The ready frames by priority, 0 first, first in first out within a priority.</summary>
/// <remarks>Invariant: bit p of <c>_occupied</c> is set exactly when ring p is not empty.</remarks>
internal struct ReadyQueue
{
    public const int Priorities = 8;

    private readonly GrowingQueue<Entry>[] _rings;
    private uint _occupied;

    public ReadyQueue()
    {
        _rings = new GrowingQueue<Entry>[Priorities];
        for (int priority = 0; priority < Priorities; priority++)
            _rings[priority] = new GrowingQueue<Entry>();
    }

    public readonly bool IsEmpty => _occupied == 0;

    public void Enqueue(CoFrame frame, int priority)
    {
        _rings[priority].Enqueue(new Entry(frame));
        _occupied |= 1u << priority;
    }

    /// <summary>Takes the first frame of a queue that is not empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CoFrame Dequeue()
    {
        int priority = BitOperations.TrailingZeroCount(_occupied);
        ref GrowingQueue<Entry> ring = ref _rings[priority];
        CoFrame frame = ring.Dequeue().CoFrame;
        if (ring.IsEmpty)
            _occupied &= ~(1u << priority);
        return frame;
    }

    private readonly struct Entry(CoFrame frame)
    {
        public readonly CoFrame CoFrame = frame;
    }
}
