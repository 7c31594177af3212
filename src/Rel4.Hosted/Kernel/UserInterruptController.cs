using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Hosted.Kernel;

/// <summary>Is the user-interrupt controller: pages through which tasks signal each other past the kernel.</summary>
/// <remarks>
/// A receiver's index leads to its <see cref="HostedReceiver"/>; a sender's <see cref="Sender.MachineData"/> is its slot there.
/// Allocates when a receiver is registered, and sometimes when a sender is.
/// </remarks>
internal sealed unsafe class UserInterruptController(KernelState* state, Population population, Budget budget) : IDisposable
{
    // Its status and its inbox, and of the descriptors the status page and the bell that the kernel rings.
    private static readonly Cost s_receiverCost = new(descriptors: 2, mappings: 2, receivers: 1);

    // Its outbox. The kernel keeps no descriptor of it.
    private static readonly Cost s_senderCost = new(mappings: 1, senders: 1);

    private readonly HostedReceiver?[] _receivers = new HostedReceiver?[state->Shared->ReceiverCount];
    private HostedProcess? _untold;

    /// <summary>Gets the receivers that are open, for those who look on.</summary>
    public IEnumerable<HostedReceiver> Receivers => _receivers.OfType<HostedReceiver>();

    /// <summary>Gets whether a process waits for <see cref="TellOfClosedSenders"/>.</summary>
    public bool HasUntold => _untold != null;

    public bool TryOpen(Receiver* receiver)
    {
        if (population.ProcessOf(receiver->Thread->VSpaceRoot.Cap) is not { IsDead: false } process
            || !budget.TryTake(process, BudgetUse.Extra, s_receiverCost))
            return false;
        ushort index = IndexOf(receiver);
        _receivers[index] = HostedReceiver.TryOpen(index, process);
        if (_receivers[index] == null)
            budget.Release(process, s_receiverCost);
        return _receivers[index] != null;
    }

    public void Close(Receiver* receiver)
    {
        HostedReceiver closed = Find(receiver);
        closed.Dispose();
        _receivers[closed.Index] = null;
        budget.Release(closed.Process, s_receiverCost);
    }

    public bool TryOpen(Sender* sender)
    {
        if (population.ThreadOf(sender->Thread) is not { Process: var process } || (sender->Giver != 0 && !population.IsAlive(sender->Giver))
            || !budget.TryTake(process, BudgetUse.Extra, s_senderCost))
            return false;
        var handle = new SenderHandle(sender->Index, sender->Generation);
        int slot = _receivers[sender->Receiver]!.TryOpenSender(process, handle, sender->Vector);
        sender->MachineData = (ulong)slot;
        if (slot < 0)
            budget.Release(process, s_senderCost);
        return slot >= 0;
    }

    public void Close(Sender* sender)
    {
        HostedProcess process = _receivers[sender->Receiver]!.CloseSender((int)sender->MachineData);
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

    public HostedReceiver Find(Receiver* receiver) => _receivers[IndexOf(receiver)]!;

    /// <summary>Finds the receiver that a handle of one of a process' threads leads to: they all can use the sender's page.</summary>
    /// <returns>False if the handle is stale.</returns>
    public bool TryFindReceiver(HostedProcess process, SenderHandle handle, out ushort receiver)
    {
        for (int number = 1; number < population.ThreadCapacity; number++)
        {
            if (population.Thread(number) is { } thread && thread.Process == process && TryFindReceiver(thread.Tcb, handle, out receiver))
                return true;
        }

        receiver = 0;
        return false;
    }

    public void Dispose()
    {
        foreach (HostedReceiver? receiver in _receivers)
            receiver?.Dispose();
    }

    private bool TryFindReceiver(Tcb* thread, SenderHandle handle, out ushort receiver)
    {
        for (ushort number = thread->FirstSender; number != 0; number = state->Shared->Senders[number].NextOfThread)
        {
            ref readonly Sender sender = ref state->Shared->Senders[number];
            if (sender.Index != handle.Index || sender.Generation != handle.Generation)
                continue;
            receiver = sender.Receiver;
            return true;
        }

        receiver = 0;
        return false;
    }

    private ushort IndexOf(Receiver* receiver) => (ushort)(receiver - state->Shared->Receivers);
}
