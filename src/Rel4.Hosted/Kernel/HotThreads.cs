namespace Rel4.Hosted.Kernel;

/// <summary>Holds the threads that the kernel looks at by itself, because they make system calls now.</summary>
/// <remarks>Allocates only in <see cref="Reserve"/>.</remarks>
internal sealed unsafe class HotThreads
{
    private HostedThread[] _threads = new HostedThread[16];

    public int Count { get; private set; }

    public HostedThread this[int index] => _threads[index];

    /// <summary>Makes room for so many threads in all.</summary>
    public void Reserve(int capacity)
    {
        if (_threads.Length < capacity)
            Array.Resize(ref _threads, capacity);
    }

    public void Add(HostedThread thread)
    {
        if (thread.HotIndex >= 0)
            return;
        thread.HotIndex = Count;
        _threads[Count++] = thread;
    }

    public void Remove(HostedThread thread)
    {
        if (thread.HotIndex < 0)
            return;
        HostedThread last = _threads[--Count];
        _threads[thread.HotIndex] = last;
        last.HotIndex = thread.HotIndex;
        thread.HotIndex = -1;
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
}
