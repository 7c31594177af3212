using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Sends faults to their handlers and acts on the answers (manual sections "Exceptions" and "Faults").</summary>
internal static unsafe class FaultHandling<TMachine>
    where TMachine : struct, IKernelMachine
{
    /// <summary>Sends a thread's fault, as if it had made a Call; a thread without a handler stops.</summary>
    public static void Raise(KernelState* kernel, Tcb* thread, in Fault fault)
    {
        Slot* handler = CSpace.LookupSlot(thread, thread->FaultHandler);
        if (handler == null || handler->Cap.Type != CapType.Endpoint || !handler->Cap.Has(CapRights.Write)
            || (handler->Cap.Rights & (CapRights.Grant | CapRights.GrantReply)) == 0)
        {
            if (!TMachine.TryReportFault(kernel, thread, fault))
                Threads<TMachine>.Stop(kernel, thread);
            return;
        }

        thread->Fault = fault;
        BlockingFlags flags = BlockingFlags.Call | BlockingFlags.GrantReply | (BlockingFlags)(handler->Cap.Rights & CapRights.Grant);
        Rendezvous<TMachine>.Send(kernel, thread, handler->Cap.Endpoint, handler->Cap.Badge, flags, Blocking.Yes);
    }

    /// <summary>Acts on the reply to a fault.</summary>
    public static void Answer(KernelState* kernel, Tcb* faulted, Tcb* sender)
    {
        bool restart = FaultMessage.ReadAnswer(faulted, faulted->Fault.Type, sender);
        faulted->Fault = default;
        if (restart)
            Threads<TMachine>.WakeToRestart(kernel, faulted);
        else
            Threads<TMachine>.Stop(kernel, faulted);
    }
}
