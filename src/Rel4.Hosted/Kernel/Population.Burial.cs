using Rel4.Kernel;

namespace Rel4.Hosted.Kernel;

/// <content>Burials.</content>
internal sealed unsafe partial class Population
{
    private int _lastBuried;

    /// <summary>Gets whether a process that ended is not cleared away.</summary>
    public bool HasDead => _deadCount != 0;

    /// <summary>Gets how many processes ended of which <see cref="ForgetGiven"/> has to be done.</summary>
    public int EndsToTell => _ended.Count;

    /// <summary>Ends, a bounded piece at a time, the senders that were registered through what a process that ended had given.</summary>
    /// <remarks>First of all: peers learn of the death by that, whoever's doorbells they were given.</remarks>
    /// <returns>Whether there was something to do.</returns>
    public bool ForgetGiven()
    {
        if (!_ended.TryPeek(out ulong ended))
            return false;
        if (UserInterrupts<HostedMachine>.ForgetGiver(state, ended) == Outcome.Done)
            _ended.Dequeue();
        return true;
    }

    /// <summary>Finds a process that ended and does not rest, each in its turn; null if there is none.</summary>
    public HostedProcess? NextDead(long now)
    {
        for (int i = 0; _deadCount != 0 && i < _processes.Capacity; i++)
        {
            _lastBuried = (_lastBuried + 1) % _processes.Capacity;
            if (_lastBuried != 0 && _processes[_lastBuried] is { IsDead: true } process && process.RestsUntil <= now)
                return process;
        }

        return null;
    }

    /// <summary>Clears away what a process that ended did and held, a bounded piece at a time.</summary>
    /// <remarks>
    /// Its threads leave all queues, whoever waits for their reply is told, and their capabilities are deleted. The objects are their
    /// owner's, and stay. What is done is remembered, and every step counts as work, so that all of it takes time in proportion to what there is.
    /// </remarks>
    public void Bury(HostedProcess process)
    {
        // One after another: whoever signals it learns of the death by that.
        while (process.FirstReceiver is { } receiver)
        {
            if (!TryCloseSendersOf(receiver.Index))
                return;
            UserInterrupts<HostedMachine>.UnregisterReceiver(state, receiver.Index);
            if (HostedMachine.PreemptionPending(state))
                return;
        }

        for (; process.ThreadsBuried < _threads.Capacity; process.ThreadsBuried++)
        {
            if (_threads[process.ThreadsBuried] is { } thread && thread.Process == process && !TryBury(thread))
                return;
        }

        for (int i = 1; i < _threads.Capacity; i++)
        {
            if (_threads[i] is not { } thread || thread.Process != process)
                continue;
            RemoveThread(thread.Tcb);
            if (HostedMachine.PreemptionPending(state))
                return;
        }

        RemoveProcess(process);
    }

    private bool TryBury(HostedThread thread)
    {
        while (thread.Tcb->FirstSender != 0)
        {
            UserInterrupts<HostedMachine>.UnregisterSender(state, thread.Tcb->FirstSender);
            if (HostedMachine.PreemptionPending(state))
                return false;
        }

        Deletion<HostedMachine>.Bury(state, thread.Tcb);
        Capability node = thread.Tcb->CSpaceRoot.Cap;
        if (node.Type == CapType.CNode && !IsSharedOrDone(node, thread)
            && Deletion<HostedMachine>.Empty(state, node, ref thread.Process.SlotsBuried) != Outcome.Done)
            return false;
        thread.Process.SlotsBuried = 0;
        if (!HostedMachine.PreemptionPending(state))
            return true;
        thread.Process.ThreadsBuried++;
        return false;
    }

    /// <summary>Closes the senders that others have of a receiver. To be repeated until it is done.</summary>
    private bool TryCloseSendersOf(ushort receiver)
    {
        while (state->Receivers[receiver].FirstSender is not 0 and ushort sender)
        {
            UserInterrupts<HostedMachine>.UnregisterSender(state, sender);
            if (HostedMachine.PreemptionPending(state))
                return false;
        }

        return true;
    }

    /// <summary>Tells whether a CNode is another process', too, or was emptied for a thread that was buried before.</summary>
    private bool IsSharedOrDone(in Capability node, HostedThread thread)
    {
        for (int i = 1; i < _threads.Capacity; i++)
        {
            if (_threads[i] is { } other && (other.Process != thread.Process || i < thread.Number) && other.Tcb->CSpaceRoot.Cap.IsSameObjectAs(node))
                return true;
        }

        return false;
    }
}
