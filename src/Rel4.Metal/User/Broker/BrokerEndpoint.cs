using System.Runtime;
using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>An endpoint that one task receives from and others call; the broker has all of it.</summary>
/// <remarks>While its server has ended, a thread of the broker's answers whoever comes, so that nobody waits for ever. It needs no memory but its registers.</remarks>
internal sealed unsafe class BrokerEndpoint
{
    private ulong _caretaker;

    /// <summary>Makes one.</summary>
    public BrokerEndpoint() => Slot = Objects.Make(ObjectType.Endpoint);

    /// <summary>Gets the slot of the capability to it.</summary>
    public ulong Slot { get; }

    /// <summary>Gets who receives from it; null if that has ended, or none ever did.</summary>
    public BrokerTask? Server { get; private set; }

    /// <summary>Gets whether it had a server, which has ended.</summary>
    public bool HasEnded => _caretaker != 0 && Server is null;

    /// <summary>Lets a task receive.</summary>
    public void Begin(BrokerTask server)
    {
        // Of the broker's priority, it may have taken a call and not run since.
        if (HasEnded)
            Run(CaretakerLeaveAddress());
        Server = server;
    }

    /// <summary>Takes note that the server has ended.</summary>
    public void End()
    {
        Server = null;
        if (_caretaker == 0)
        {
            _caretaker = Objects.Make(ObjectType.Tcb);
            Terminal.Require(SeL4.TCB_Configure(_caretaker, 0, RootSlot.CNode, 0, RootSlot.VSpace, 0, 0, 0), "configuring a caretaker"u8);
            Terminal.Require(SeL4.TCB_SetPriority(_caretaker, RootSlot.Tcb, Broker.HighestPriority), "setting a caretaker's priority"u8);
        }

        Run(CaretakerAddress());
    }

    private void Run(ulong address)
    {
        UserContext registers = default;
        registers.Rip = address;
        registers.Rdi = Slot;
        Terminal.Require(SeL4.TCB_Suspend(_caretaker), "suspending a caretaker"u8);
        Terminal.Require(SeL4.TCB_WriteRegisters(_caretaker, true, 0, UserContext.Count, &registers), "starting a caretaker"u8);
    }

    [RuntimeImport("*", "broker_caretaker_address")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong CaretakerAddress();

    [RuntimeImport("*", "broker_caretaker_leave_address")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong CaretakerLeaveAddress();
}
