using System.Diagnostics;

namespace Rel4.Hosted.Kernel;

/// <summary>Holds the threads that the kernel looks at by itself, because they make system calls now, and those of them that rest.</summary>
/// <remarks>
/// A thread is among the hot, among the resting, or neither. Allocates only in <see cref="Reserve"/>.
/// </remarks>
internal sealed unsafe class HotThreads
{
    private HostedThread[] _threads = new HostedThread[16];
    private HostedThread[] _resting = new HostedThread[16];
    private int _restingCount;

    public int Count { get; private set; }

    public HostedThread this[int index] => _threads[index];

    /// <summary>Makes room for so many threads in all.</summary>
    public void Reserve(int capacity)
    {
        if (_threads.Length >= capacity)
            return;
        Array.Resize(ref _threads, capacity);
        Array.Resize(ref _resting, capacity);
    }

    public void Add(HostedThread thread)
    {
        if (thread.HotIndex >= 0 || thread.IsResting)
            return;
        thread.HotIndex = Count;
        _threads[Count++] = thread;
    }

    public void Remove(HostedThread thread)
    {
        if (thread.IsResting)
            EndRest(Array.IndexOf(_resting, thread, 0, _restingCount));
        if (thread.HotIndex < 0)
            return;
        HostedThread last = _threads[--Count];
        _threads[thread.HotIndex] = last;
        last.HotIndex = thread.HotIndex;
        thread.HotIndex = -1;
    }

    /// <summary>Looks at a hot thread no more until its process has rested.</summary>
    public void Rest(HostedThread thread)
    {
        Remove(thread);
        thread.IsResting = true;
        _resting[_restingCount++] = thread;
    }

    /// <summary>Looks again at those whose processes have rested.</summary>
    public void EndRests()
    {
        if (_restingCount == 0)
            return;
        long now = Stopwatch.GetTimestamp();
        for (int i = _restingCount - 1; i >= 0; i--)
        {
            HostedThread thread = _resting[i];
            if (thread.Payer.RestsUntil > now)
                continue;
            EndRest(i);
            Add(thread);
        }
    }

    /// <summary>Gets how many milliseconds it is until somebody has rested; -1 if nobody rests.</summary>
    public int RestMs
    {
        get
        {
            if (_restingCount == 0)
                return -1;
            long first = long.MaxValue;
            for (int i = 0; i < _restingCount; i++)
                first = Math.Min(first, _resting[i].Payer.RestsUntil);
            return (int)Math.Max(0, 1 + ((first - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency));
        }
    }

    /// <summary>Asks all to ring their doorbells from now on, and lets go of them.</summary>
    /// <returns>False if one made a system call meanwhile; it and some others are still looked at.</returns>
    public bool TryLetGo()
    {
        for (int i = 0; i < Count; i++)
            Volatile.Write(ref _threads[i].Page->Polled, 0);

        // Pairs with the fence in TaskThread.Trap: either this sees the request, or the thread sees that it must ring.
        Interlocked.MemoryBarrier();
        for (int i = Count - 1; i >= 0; i--)
        {
            if (_threads[i].HasRequest)
                return false;
            Remove(_threads[i]);
        }

        return true;
    }

    private void EndRest(int index)
    {
        _resting[index].IsResting = false;
        _resting[index] = _resting[--_restingCount];
    }
}
