using System.Diagnostics;
using Rel4.Kernel;

namespace Rel4.Hosted.Kernel;

/// <content>Burials.</content>
internal sealed unsafe partial class Population
{
    /// <summary>How many times as long as a piece of its burial a dead process rests.</summary>
    private const int RestFactor = 16;

    private static readonly long s_longestRest = Stopwatch.Frequency / 100;

    /// <summary>Gets whether processes ended that are not cleared away.</summary>
    public bool HasBurials => _dead.Count + EndsToTell != 0;

    /// <summary>Gets whether there is something to do for one of them now: others rest.</summary>
    public bool IsBurialDue
    {
        get
        {
            long now = Stopwatch.GetTimestamp();
            foreach (HostedProcess dead in _dead)
            {
                if (dead.RestsUntil <= now)
                    return true;
            }

            return EndsToTell != 0;
        }
    }

    /// <summary>Gets how many processes ended of which those who had something of theirs are not told.</summary>
    public int EndsToTell => _ended.Count;

    /// <summary>Does a piece of what is to be done for processes that ended.</summary>
    /// <returns>Whether there was something to do.</returns>
    public bool Bury() => TellEnd() | BuryNext();

    /// <summary>Ends senders that were registered through what a process that ended had given: peers learn of the death by that, whoever's doorbells they have.</summary>
    private bool TellEnd()
    {
        if (!_ended.TryPeek(out ulong ended))
            return false;
        if (SenderPool.ForgetGiver<HostedMachine>(state, ended) == Outcome.Done)
            _ended.Dequeue();
        return true;
    }

    /// <summary>Clears away a piece. Then that process rests, whoever wants the kernel: others may want its processor only.</summary>
    private bool BuryNext()
    {
        long begin = Stopwatch.GetTimestamp();
        for (int left = _dead.Count; left > 0; left--)
        {
            HostedProcess process = _dead.Dequeue();

            // Where its address space has gone, it went with it.
            if (_processes[process.Number] != process)
                continue;
            bool rests = process.RestsUntil > begin;
            if (!rests && TryBury(process))
                return true;
            _dead.Enqueue(process);
            if (rests)
                continue;
            long end = Stopwatch.GetTimestamp();
            process.RestsUntil = end + Math.Min(RestFactor * (end - begin), s_longestRest);
            return true;
        }

        return false;
    }

    /// <summary>Clears away what a process that ended did and held, a bounded piece at a time.</summary>
    /// <remarks>
    /// Its threads leave all queues, whoever waits for their reply is told, and their capabilities are deleted. The objects are their
    /// owner's, and stay. What is done is remembered, and every step counts as work, so that all of it takes time in proportion to what there is.
    /// </remarks>
    private bool TryBury(HostedProcess process)
    {
        // One after another: whoever signals it learns of the death by that.
        while (process.FirstReceiver is { } receiver)
        {
            if (UserInterrupts<HostedMachine>.UnregisterReceiver(state, receiver.Thread) != Outcome.Done)
                return false;
            if (HostedMachine.PreemptionPending(state))
                return false;
        }

        for (; process.ThreadsBuried < _threads.Capacity; process.ThreadsBuried++)
        {
            if (_threads[process.ThreadsBuried] is { } thread && thread.Process == process && !TryBury(thread))
                return false;
        }

        for (int i = 1; i < _threads.Capacity; i++)
        {
            if (_threads[i] is not { } thread || thread.Process != process)
                continue;
            RemoveThread(thread.Tcb);
            if (HostedMachine.PreemptionPending(state))
                return false;
        }

        RemoveProcess(process);
        return true;
    }

    private bool TryBury(HostedThread thread)
    {
        for (Sender* sender; (sender = SenderPool.FindAny(state->Shared, thread.Tcb)) != null;)
        {
            UserInterrupts<HostedMachine>.UnregisterSender(state, sender);
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
