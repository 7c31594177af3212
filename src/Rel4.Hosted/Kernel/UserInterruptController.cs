using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Hosted.Kernel;

/// <summary>Is the user-interrupt controller: pages through which tasks signal each other past the kernel.</summary>
/// <remarks>
/// A receiver's number leads to its <see cref="HostedReceiver"/>; a sender's <see cref="PooledSender.MachineData"/> is its slot there.
/// Allocates when a receiver is registered, and sometimes when a sender is.
/// </remarks>
internal sealed unsafe class UserInterruptController(KernelState* state, Population population, Budget budget, ushort receivers) : IDisposable
{
    // Its status and its inbox, and of the descriptors the status page and the bell that the kernel rings.
    private static readonly Cost s_receiverCost = new(descriptors: 2, mappings: 2, receivers: 1);

    // Its outbox. The kernel keeps no descriptor of it.
    private static readonly Cost s_senderCost = new(mappings: 1, senders: 1);

    // By numbers from 1 on; and those that are free.
    private readonly HostedReceiver?[] _receivers = new HostedReceiver?[receivers + 1];
    private readonly Stack<ushort> _free = new(Enumerable.Range(1, receivers).Reverse().Select(number => (ushort)number));
    private HostedProcess? _untold;

    /// <summary>Gets the receivers that are open, for those who look on.</summary>
    public IEnumerable<HostedReceiver> Receivers => _receivers.OfType<HostedReceiver>();

    /// <summary>Gets whether a process waits for <see cref="TellOfClosedSenders"/>.</summary>
    public bool HasUntold => _untold != null;

    public bool TryOpen(Tcb* receiver)
    {
        if (population.ProcessOf(receiver->VSpaceRoot.Cap) is not { IsDead: false } process || _free.Count == 0
            || !budget.TryTake(process, BudgetUse.Extra, s_receiverCost))
            return false;
        ushort number = _free.Pop();
        if (HostedReceiver.TryOpen(number, process) is not { } opened)
        {
            _free.Push(number);
            budget.Release(process, s_receiverCost);
            return false;
        }

        opened.Thread = receiver;
        _receivers[number] = opened;
        receiver->ReceiverNumber = number;
        return true;
    }

    public void Close(Tcb* receiver)
    {
        HostedReceiver closed = Find(receiver);
        closed.Dispose();
        _receivers[closed.Index] = null;
        _free.Push(closed.Index);
        receiver->ReceiverNumber = 0;
        budget.Release(closed.Process, s_receiverCost);
    }

    public Sender* TryOpenSender(Tcb* thread, Slot* slot, uint generation)
    {
        Sender* sender = SenderPool.TryTake(state->Shared, thread, slot);
        if (sender == null)
            return null;
        PooledSender* entry = SenderPool.Of(state->Shared, sender);
        if (population.ThreadOf(thread) is { Process: var process } && (entry->Giver == 0 || population.IsAlive(entry->Giver))
            && budget.TryTake(process, BudgetUse.Extra, s_senderCost))
        {
            var handle = new SenderHandle(SenderPool.PlaceOf(state->Shared, sender).Index, generation);
            int place = Find(entry->Receiver).TryOpenSender(process, handle, entry->Vector);
            entry->MachineData = (ulong)place;
            if (place >= 0)
                return sender;
            budget.Release(process, s_senderCost);
        }

        SenderPool.Release(state->Shared, sender);
        return null;
    }

    public void CloseSender(Sender* sender)
    {
        PooledSender* entry = SenderPool.Of(state->Shared, sender);
        HostedProcess process = Find(entry->Receiver).CloseSender((int)entry->MachineData);
        SenderPool.Release(state->Shared, sender);
        budget.Release(process, s_senderCost);
        process.SendersClosed++;
        if (process.IsUntold)
            return;
        process.IsUntold = true;
        process.NextUntold = _untold;
        _untold = process;
    }

    /// <summary>Lets processes know whose senders were closed, all their receivers once for however many senders.</summary>
    /// <remarks>To be called after each entry into the core, so that a process learns at once that a peer has died.</remarks>
    public void TellOfClosedSenders()
    {
        while (_untold is { } process)
        {
            _untold = process.NextUntold;
            process.NextUntold = null;
            process.IsUntold = false;
            for (HostedReceiver? receiver = process.FirstReceiver; receiver != null; receiver = receiver.NextOfProcess)
                receiver.ShowSendersClosed(process.SendersClosed);
        }
    }

    public HostedReceiver Find(Tcb* receiver) => _receivers[receiver->ReceiverNumber]!;

    /// <summary>Finds the receiver that a handle of one of a process' threads leads to: they all can use the sender's page.</summary>
    /// <returns>Null if the handle is stale.</returns>
    public Tcb* FindReceiver(HostedProcess process, SenderHandle handle)
    {
        SharedState* shared = state->Shared;
        if (handle.Index >= shared->SenderCount)
            return null;
        ref readonly PooledSender entry = ref shared->SenderPool[handle.Index];
        bool isFresh = entry.Thread != null && population.ThreadOf(entry.Thread)?.Process == process
            && UserInterrupts<HostedMachine>.FindSender(state, entry.Thread, handle) != null;
        return isFresh ? entry.Receiver : null;
    }

    public void Dispose()
    {
        foreach (HostedReceiver? receiver in _receivers)
            receiver?.Dispose();
    }
}
