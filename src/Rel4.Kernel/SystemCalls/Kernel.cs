using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>The machine's ways into the core. Every entry ends with the decision which thread runs next.</summary>
/// <remarks>
/// Before an entry the machine has put the registers of <see cref="KernelState.Current"/> into its <see cref="Tcb.Context"/>, with
/// <see cref="UserContext.Rip"/> where it goes on and <see cref="Tcb.FaultIP"/> at the instruction that trapped. After it, it runs the then current
/// thread from that thread's context. Nothing here allocates, blocks or throws, whatever the registers hold.
/// </remarks>
internal static unsafe class Kernel<TMachine>
    where TMachine : struct, IKernelMachine
{
    /// <summary>Handles the system call that the current thread's registers describe.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void HandleSystemCall(KernelState* kernel)
    {
        Tcb* thread = kernel->Current;
        var number = (Syscall)thread->Context.Rdx;
        if (FastPath<TMachine>.IsShort(thread))
        {
            if (number == Syscall.Call && FastPath<TMachine>.TryCall(kernel, thread))
                return;
            if (number == Syscall.ReplyRecv && FastPath<TMachine>.TryReplyRecv(kernel, thread))
                return;
        }

        HandleWithoutFastPath(kernel);
    }

    /// <summary>As <see cref="HandleSystemCall"/>, without the fast path: it leaves the same state, so tests do everything both ways.</summary>
    public static void HandleWithoutFastPath(KernelState* kernel)
    {
        SystemCalls<TMachine>.Handle(kernel);
        Leave(kernel);
    }

    /// <summary>Handles a fault of the current thread.</summary>
    public static void HandleFault(KernelState* kernel, in Fault fault)
    {
        FaultHandling<TMachine>.Raise(kernel, kernel->Current, fault);
        Leave(kernel);
    }

    /// <summary>Handles a tick of the timer that time slices are counted in.</summary>
    public static void HandleTick(KernelState* kernel)
    {
        PriorityScheduler.Tick(kernel);
        Leave(kernel);
    }

    /// <summary>Signals an interrupt through the capability that its handler gave for it; without one, nobody learns of it.</summary>
    public static void HandleInterrupt(KernelState* kernel, in Capability notification)
    {
        if (notification.Type == CapType.Notification && notification.Has(CapRights.Write))
            Signals<TMachine>.Signal(kernel, notification.Notification, notification.Badge);
        Leave(kernel);
    }

    /// <summary>Delivers what was posted to a receiver whose thread waits in the kernel.</summary>
    public static void HandleUserInterrupt(KernelState* kernel, Tcb* receiver)
    {
        Signals<TMachine>.DeliverPending(kernel, receiver->ReceivedNotification);
        Leave(kernel);
    }

    /// <summary>Performs what is in the batch of a thread, whatever that does meanwhile: one that runs on another processor goes on.</summary>
    /// <returns>False if something is left of it.</returns>
    public static bool HandleBatch(KernelState* kernel, Tcb* thread)
    {
        Result result = Batch<TMachine>.Perform(kernel, thread);
        Leave(kernel);
        return result.Outcome != Outcome.Preempted;
    }

    /// <summary>Decides anew who runs: another processor changed which threads there are for this one.</summary>
    public static void HandleReschedule(KernelState* kernel) => Leave(kernel);

    /// <summary>Decides who runs, and prepares a thread that has to repeat an instruction.</summary>
    private static void Leave(KernelState* kernel)
    {
        TMachine.Schedule(kernel);
        if (kernel->Current != null && kernel->Current->State == ThreadState.Restart)
            Activate(kernel->Current);
    }

    /// <summary>Makes a thread that was restarted ready to leave the kernel.</summary>
    public static void Activate(Tcb* thread)
    {
        thread->Context.Rip = thread->FaultIP;
        thread->State = ThreadState.Running;
    }
}
