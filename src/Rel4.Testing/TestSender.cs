using Rel4.Abi;
using Rel4.Kernel;
using Rel4.Runtime;
using Rel4.Sim;

namespace Rel4.Testing;

/// <summary>Signals through the simulated user-interrupt controller.</summary>
/// <param name="machine">The task's machine.</param>
/// <param name="kernel">The kernel.</param>
/// <param name="thread">The thread that it is registered for.</param>
/// <param name="handle">What the kernel knows it by.</param>
internal sealed unsafe class TestSender(TestMachine machine, SimKernel kernel, Tcb* thread, SenderHandle handle) : InterruptSender
{
    /// <inheritdoc/>
    public override bool IsClosed
    {
        get
        {
            if (machine.TaskHasEnded)
                return true;
            Sender* sender = UserInterrupts<SimMachine>.FindSender(kernel.State, thread, handle);
            return sender == null || !sender->IsOpen;
        }
    }

    /// <inheritdoc/>
    public override bool TryPost() => !IsClosed && kernel.Post(thread, handle);

    /// <summary>Ends nothing: the registration ends with the capability.</summary>
    public override void Dispose() => machine.Forget(this);
}
