using System.Numerics;
using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Is the user-interrupt controller: keeps what each thread has of user interrupts, in the processor while it runs and in its TCB else.</summary>
/// <remarks>
/// The processor does the rest where it can. Elsewhere <see cref="UserInterruptEmulation"/> does, on the same words, so that one image has the same interrupts everywhere.
/// </remarks>
internal static unsafe class UserInterruptController
{
    private static ParkedReceivers s_parked;

    // A UPID that nobody reads. Posts to it interrupt nobody: what closed senders post to.
    private static PostedInterrupts* s_nobody;

    /// <summary>Takes note that nobody is registered.</summary>
    /// <param name="nobody">Memory for a UPID, aligned to 64 bytes.</param>
    public static void Start(PostedInterrupts* nobody)
    {
        s_parked = default;
        s_nobody = nobody;
        nobody->Suppress();
    }

    public static void OpenReceiver(Tcb* receiver, in Interruption interruption) =>
        Settle(receiver)->BeginReceiver(ProcessorState.Canonical(interruption.Handler), ProcessorState.Canonical(interruption.StackAdjust));

    public static void CloseReceiver(Tcb* receiver)
    {
        s_parked.Remove(receiver);
        Settle(receiver)->EndReceiver();
    }

    public static Sender* TryOpenSender(KernelState* kernel, Tcb* thread, Slot* slot)
    {
        for (int index = 0; index < InterruptContext.SenderCount; index++)
        {
            Sender* sender = SendersOf(thread) + index;
            if (sender->Generation != 0)
                continue;
            if (!SenderLinks.Reaches(kernel->Shared, thread))
                return null;
            InterruptContext* receiver = InterruptContext.Of(slot->Cap.Notification->Receiver);
            Settle(thread)->SetSender(index, new SenderEntry(&receiver->Posted, (byte)BitOperations.TrailingZeroCount(slot->Cap.Badge)));
            return sender;
        }

        return null;
    }

    /// <summary>Lets a thread go on posting by an index, to nobody, and tells it, if it receives anything, unless it posted to itself.</summary>
    public static void CloseSender(KernelState* kernel, Sender* sender)
    {
        SenderPlace place = PlaceOf(sender);
        Settle(place.Thread)->SetSender(place.Index, new SenderEntry(s_nobody, 0));
        if (place.Thread->ReceivedNotification != null && place.Thread != place.Receiver)
            Signals<MetalMachine>.Signal(kernel, place.Thread->ReceivedNotification, 1UL << SenderHandle.ClosedBit);
    }

    public static void ReleaseSender(Sender* sender)
    {
        SenderPlace place = PlaceOf(sender);
        Settle(place.Thread)->SetSender(place.Index, default);
        *sender = default;
    }

    public static Sender* FindSender(Tcb* thread, int index) =>
        index < InterruptContext.SenderCount && SendersOf(thread)[index].Generation != 0 ? SendersOf(thread) + index : null;

    public static Sender* FindAnySender(Tcb* thread)
    {
        // Whoever has had any has a table.
        for (int i = 0; i < InterruptContext.SenderCount && InterruptContext.Of(thread)->HasSenders; i++)
        {
            Sender* sender = FindSender(thread, i);
            if (sender != null)
                return sender;
        }

        return null;
    }

    public static SenderPlace PlaceOf(Sender* sender)
    {
        var thread = (Tcb*)((ulong)sender & ~((1UL << Limits.TcbBits) - 1));
        var index = (ushort)(sender - SendersOf(thread));
        return new SenderPlace(thread, index, InterruptContext.Of(thread)->ReceiverOf(index));
    }

    /// <summary>Tells which of a thread's senders are open.</summary>
    public static Result ReadSenders(in Invocation invocation)
    {
        Sender* senders = SendersOf(invocation.Service->Cap.Thread);
        ulong open = 0;
        for (int i = 0; i < InterruptContext.SenderCount; i++)
        {
            if (senders[i].IsOpen)
                open |= 1UL << i;
        }

        return invocation.Answer(open);
    }

    /// <summary>Lets a thread post to the kernel.</summary>
    public static void OpenBell(Tcb* thread, SenderEntry bell) => Settle(thread)->SetSender(InterruptContext.BellIndex, bell);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Post(Tcb* receiver, ulong bits)
    {
        InterruptContext* context = InterruptContext.Of(receiver);
        if (ProcessorState.Own->Interrupted == receiver && context->Handler != 0)
            Settle(receiver)->Requests |= bits;
        else
            context->Posted.Post(bits);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong TakePending(Tcb* receiver)
    {
        InterruptContext* context = Settle(receiver);
        ulong bits = context->Requests | context->Posted.Take();
        context->Requests = 0;
        return bits;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void SetWaitsInKernel(Tcb* receiver, bool waits)
    {
        if (waits)
        {
            s_parked.Add(receiver);
            Settle(receiver)->Posted.Park();
            return;
        }

        s_parked.Remove(receiver);
        if (ProcessorState.Own->Interrupted != receiver)
            InterruptContext.Of(receiver)->Posted.Suppress();
    }

    /// <summary>Wakes the threads that wait for what was posted.</summary>
    public static void WakeWaiters(KernelState* kernel)
    {
        s_parked.BeginLooking();
        WakeMoreWaiters(kernel);
    }

    /// <summary>Goes on with that, if there is more of it to do; others may have had the kernel since.</summary>
    public static void WakeMoreWaiters(KernelState* kernel)
    {
        if (!s_parked.TryFinishLooking(kernel))
            ProcessorState.Own->Reschedule();
    }

    /// <summary>Takes note that a thread runs which neither receives nor sends, in the place of another such.</summary>
    /// <returns>False if one of them does.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryKeepNone(ProcessorState* own, Tcb* thread)
    {
        if (!own->HasNoInterrupts || thread->ReceivedNotification != null || InterruptContext.Of(thread)->HasSenders)
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
        bool isRegistered = thread->ReceivedNotification != null || context->HasSenders;
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

    private static Sender* SendersOf(Tcb* thread) => (Sender*)((byte*)thread + InterruptContext.SendersOffset);

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
