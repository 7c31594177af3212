using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Hosted.Kernel;

/// <summary>Is the user-interrupt controller: pages through which tasks signal each other past the kernel.</summary>
/// <remarks>
/// A receiver's index leads to its <see cref="HostedReceiver"/>; a sender's <see cref="Sender.MachineData"/> is its slot there.
/// Allocates when a receiver is registered, and sometimes when a sender is.
/// </remarks>
internal sealed unsafe class UserInterruptController(KernelState* state, Population population, DescriptorBudget budget, MappingBudget mappings) : IDisposable
{
    /// <summary>The part of each table that one process may have, and those that it had attached.</summary>
    private const int FractionOfOne = 4;

    private readonly HostedReceiver?[] _receivers = new HostedReceiver?[state->ReceiverCount];
    private HostedProcess? _untold;

    /// <summary>Gets the receivers that are open, for those who look on.</summary>
    public IEnumerable<HostedReceiver> Receivers => _receivers.OfType<HostedReceiver>();

    /// <summary>Gets whether a process waits for <see cref="TellOfClosedSenders"/>.</summary>
    public bool HasUntold => _untold != null;

    public bool TryOpen(Receiver* receiver)
    {
        ushort index = IndexOf(receiver);
        if (population.ProcessOf(receiver->Thread->VSpaceRoot.Cap) is not { IsDead: false } process)
            return false;
        if (!MayHaveAnother(process, process.Payer.ReceiversPaid, state->ReceiverCount) || !mappings.TryTake(process, DescriptorUse.Extra, MappingBudget.OfReceiver))
            return false;
        if (budget.TryTake(DescriptorUse.Extra, HostedReceiver.DescriptorCount))
        {
            _receivers[index] = HostedReceiver.TryOpen(index, process);
            if (_receivers[index] != null)
            {
                process.Payer.ReceiversPaid++;
                return true;
            }

            budget.Release(HostedReceiver.DescriptorCount);
        }

        mappings.Release(process, MappingBudget.OfReceiver);
        return false;
    }

    public void Close(Receiver* receiver)
    {
        ushort index = IndexOf(receiver);
        _receivers[index]!.Dispose();
        _receivers[index]!.Process.Payer.ReceiversPaid--;
        mappings.Release(_receivers[index]!.Process, MappingBudget.OfReceiver);
        _receivers[index] = null;
        budget.Release(HostedReceiver.DescriptorCount);
    }

    public bool TryOpen(Sender* sender)
    {
        if (sender->Giver != 0 && !population.IsAlive(sender->Giver))
            return false;
        if (population.ThreadOf(sender->Thread) is not { } thread || !MayHaveAnother(thread.Process, thread.Process.Payer.SendersPaid, state->SenderCount)
            || !mappings.TryTake(thread.Process, DescriptorUse.Extra))
            return false;
        var handle = new SenderHandle(sender->Index, sender->Generation);
        int slot = _receivers[sender->Receiver]!.TryOpenSender(thread.Process, handle, sender->Vector);
        sender->MachineData = (ulong)slot;
        if (slot < 0)
        {
            mappings.Release(thread.Process);
            return false;
        }

        thread.Process.Payer.SendersPaid++;
        return true;
    }

    public void Close(Sender* sender)
    {
        HostedProcess process = _receivers[sender->Receiver]!.CloseSender((int)sender->MachineData);
        process.Payer.SendersPaid--;
        mappings.Release(process);
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
        for (ushort number = thread->FirstSender; number != 0; number = state->Senders[number].NextOfThread)
        {
            ref readonly Sender sender = ref state->Senders[number];
            if (sender.Index != handle.Index || sender.Generation != handle.Generation)
                continue;
            receiver = sender.Receiver;
            return true;
        }

        receiver = 0;
        return false;
    }

    private static bool MayHaveAnother(HostedProcess process, int paid, int entries) => process.IsRoot || paid < entries / FractionOfOne;

    private ushort IndexOf(Receiver* receiver) => (ushort)(receiver - state->Receivers);
}
