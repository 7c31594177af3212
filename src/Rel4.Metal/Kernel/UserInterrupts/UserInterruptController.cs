using System.Numerics;
using System.Runtime.CompilerServices;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Is the user-interrupt controller: keeps what each thread has of user interrupts, in the processor while it runs and in its TCB else.</summary>
/// <remarks>
/// The processor does the rest where it can. Elsewhere <see cref="UserInterruptEmulation"/> does, on the same words, so that one image has the same interrupts everywhere.
/// </remarks>
internal static unsafe class UserInterruptController
{
    // Those whose threads wait in the kernel for what is posted.
    private static ReceiverSet s_parked;

    public static bool TryOpenReceiver(Receiver* receiver)
    {
        InterruptContext* context = Settle(receiver->Thread);
        context->BeginReceiver(ProcessorState.Canonical(receiver->Handler), ProcessorState.Canonical(receiver->StackAdjust));
        return true;
    }

    public static void CloseReceiver(KernelState* kernel, Receiver* receiver)
    {
        s_parked.Set(receiver - kernel->Shared->Receivers, isIn: false);
        Settle(receiver->Thread)->EndReceiver();
    }

    public static bool TryOpenSender(KernelState* kernel, Sender* sender)
    {
        if (sender->Index >= InterruptContext.SenderCount)
            return false;
        InterruptContext* receiver = InterruptContext.Of(kernel->Shared->Receivers[sender->Receiver].Thread);
        Settle(sender->Thread)->SetSender(sender->Index, new SenderEntry(&receiver->Posted, sender->Vector));
        return true;
    }

    public static void CloseSender(Sender* sender) => Settle(sender->Thread)->SetSender(sender->Index, default);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Post(Receiver* receiver, ulong bits)
    {
        InterruptContext* context = InterruptContext.Of(receiver->Thread);
        if (ProcessorState.Own->Interrupted == receiver->Thread && context->Handler != 0)
            Settle(receiver->Thread)->Requests |= bits;
        else
            context->Posted.Post(bits);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong TakePending(Receiver* receiver)
    {
        InterruptContext* context = Settle(receiver->Thread);
        ulong bits = context->Requests | context->Posted.Take();
        context->Requests = 0;
        return bits;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void SetWaitsInKernel(KernelState* kernel, Receiver* receiver, bool waits)
    {
        s_parked.Set(receiver - kernel->Shared->Receivers, waits);
        if (waits)
            Settle(receiver->Thread)->Posted.Park();
        else if (ProcessorState.Own->Interrupted != receiver->Thread)
            InterruptContext.Of(receiver->Thread)->Posted.Suppress();
    }

    /// <summary>Wakes the threads that wait for what was posted.</summary>
    public static void WakeWaiters(KernelState* kernel)
    {
        for (int word = 0; word < ReceiverSet.WordCount; word++)
        {
            // A waiter that is woken leaves the set.
            for (ulong left = s_parked.Word(word); left != 0; left &= left - 1)
            {
                var index = (ushort)((word * ReceiverSet.WordBits) + BitOperations.TrailingZeroCount(left));
                if (InterruptContext.Of(kernel->Shared->Receivers[index].Thread)->Posted.HasForWaiter())
                    Kernel<MetalMachine>.HandleUserInterrupt(kernel, index);
            }
        }
    }

    /// <summary>Takes note that a thread runs which neither receives nor sends, in the place of another such.</summary>
    /// <returns>False if one of them does.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryKeepNone(ProcessorState* own, Tcb* thread)
    {
        if (!own->HasNoInterrupts || thread->Receiver != 0 || InterruptContext.Of(thread)->HasSenders)
            return false;

        // Whether it takes any is all that the last one can have changed.
        own->Interrupted = own->Settled = thread;
        Instructions.MaskUserInterrupts();
        return true;
    }

    /// <summary>Brings what a thread has of user interrupts into the processor, in the place of another's.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Load(Tcb* thread)
    {
        ProcessorState* own = ProcessorState.Own;
        if (own->Interrupted == thread)
            return;
        Unload();
        InterruptContext* context = InterruptContext.Of(thread);
        bool isRegistered = thread->Receiver != 0 || context->HasSenders;
        if (!isRegistered && !Features.HasUserInterrupts)
            return;
        own->Interrupted = thread;
        own->ExchangesInterrupts = 1;
        if (context->Handler != 0)
        {
            context->Posted.Run();
            context->Requests |= context->Posted.Take();
        }

        if (!Features.HasUserInterrupts)
            return;
        context->Load();
        own->Settled = thread;
        own->HasNoInterrupts = !isRegistered;
    }

    /// <summary>Brings it back to the thread whose it is: posts interrupt nobody until it is loaded again.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Unload()
    {
        ProcessorState* own = ProcessorState.Own;
        Tcb* thread = own->Interrupted;
        if (thread == null)
            return;
        own->Interrupted = own->Settled = null;
        if (own->HasNoInterrupts)
            return;
        own->ExchangesInterrupts = Features.HasUserInterrupts ? 1UL : 0;
        InterruptContext* context = InterruptContext.Of(thread);

        // First: what is posted between would be taken for nobody.
        context->Posted.Suppress();
        if (Features.HasUserInterrupts)
            context->Save();
    }

    /// <summary>Takes note that a thread dies.</summary>
    public static void Forget(Tcb* thread) => Settle(thread);

    /// <summary>Makes sure that what a thread has is in its TCB, and that it posts to nobody meanwhile; when it runs it is loaded again.</summary>
    private static InterruptContext* Settle(Tcb* thread)
    {
        ProcessorState* own = ProcessorState.Own;
        if (thread->Home != own->Kernel)
            Remote.Stall(own->Kernel, thread);
        else if (own->Interrupted == thread)
            Unload();
        return InterruptContext.Of(thread);
    }
}
