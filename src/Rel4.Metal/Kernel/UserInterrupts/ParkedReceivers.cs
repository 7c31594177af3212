using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Queues the receivers whose threads wait in the kernel for what is posted, through their TCBs.</summary>
/// <remarks>
/// An interrupt that says that something was posted does not say to whom. So everybody who waited then has to be looked at, and nobody can tell how many those are: whoever pays for threads
/// can let them wait. Therefore a few are looked at at a time, from the head on, and line up at the tail again; and whoever comes meanwhile stands behind them.
/// </remarks>
internal unsafe struct ParkedReceivers
{
    private const int LooksAtOnce = 64;

    private Tcb* _head;
    private Tcb* _tail;
    private uint _count;

    // Those who are to be looked at yet, from the head on. (Where some of them left the queue it may be others once more.)
    private uint _left;

    /// <summary>Puts a thread in, if it is not.</summary>
    public void Add(Tcb* thread)
    {
        InterruptContext* context = InterruptContext.Of(thread);
        if (Contains(thread))
            return;
        context->PreviousParked = _tail;
        if (_tail == null)
            _head = thread;
        else
            InterruptContext.Of(_tail)->NextParked = thread;
        _tail = thread;
        _count++;
    }

    /// <summary>Takes a thread out, if it is in.</summary>
    public void Remove(Tcb* thread)
    {
        InterruptContext* context = InterruptContext.Of(thread);
        if (!Contains(thread))
            return;
        if (context->PreviousParked == null)
            _head = context->NextParked;
        else
            InterruptContext.Of(context->PreviousParked)->NextParked = context->NextParked;
        if (context->NextParked == null)
            _tail = context->PreviousParked;
        else
            InterruptContext.Of(context->NextParked)->PreviousParked = context->PreviousParked;
        context->NextParked = context->PreviousParked = null;
        _count--;
    }

    /// <summary>Takes note that something was posted to one of them.</summary>
    public void BeginLooking() => _left = _count;

    /// <summary>Wakes those among the next ones to whom something was posted.</summary>
    /// <returns>False if more are to be looked at.</returns>
    public bool TryFinishLooking(KernelState* kernel)
    {
        for (int i = 0; i < LooksAtOnce && _left != 0 && _head != null; i++, _left--)
        {
            Tcb* thread = _head;
            if (InterruptContext.Of(thread)->Posted.HasForWaiter())
                Kernel<MetalMachine>.HandleUserInterrupt(kernel, thread);
            if (_head != thread || _head == _tail)
                continue;
            Remove(thread);
            Add(thread);
        }

        if (_head == null)
            _left = 0;
        return _left == 0;
    }

    private readonly bool Contains(Tcb* thread) => _head == thread || InterruptContext.Of(thread)->PreviousParked != null;
}
