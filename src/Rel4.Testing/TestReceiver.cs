using Rel4.Kernel;
using Rel4.Runtime;
using Rel4.Sim;

namespace Rel4.Testing;

/// <summary>Takes signals from the pending bits of the simulated user-interrupt controller.</summary>
internal sealed unsafe class TestReceiver(TestMachine machine, Tcb* address) : InterruptReceiver
{
    private bool _isDisposed;

    /// <summary>Gets whether anything is pending.</summary>
    public bool IsPending => !IsClosed && SimReceiver.Of(address)->Pending != 0;

    /// <inheritdoc/>
    public override bool IsClosed => _isDisposed || machine.TaskHasEnded || address->ReceivedNotification == null;

    /// <inheritdoc/>
    public override uint SendersClosed => machine.SendersClosed;

    /// <inheritdoc/>
    public override ulong Take()
    {
        if (IsClosed)
            return 0;
        ulong bits = SimReceiver.Of(address)->Pending;
        SimReceiver.Of(address)->Pending = 0;
        return bits;
    }

    /// <inheritdoc/>
    public override void Dispose() => _isDisposed = true;
}
