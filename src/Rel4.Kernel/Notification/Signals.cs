using System.Runtime.CompilerServices;

namespace Rel4.Kernel;

/// <summary>Signals, waits for and polls notifications, as the table in <c>docs/architecture.md</c> has it (manual section "Signalling, Polling and Waiting").</summary>
/// <remarks>
/// A notification with a user-interrupt receiver works the same, with the receiver's pending bits in the place of the word, so that
/// a signal by the kernel and a post from user mode reach the same waiter.
/// </remarks>
internal static unsafe class Signals<TMachine>
    where TMachine : struct, IScheduler, IUserInterruptController
{
    public static void Signal(KernelState* kernel, Notification* notification, ulong badge)
    {
        Tcb* waiter = FirstWaiter(notification);
        if (waiter != null)
        {
            Deliver(kernel, notification, waiter, badge | TakeWord(kernel, notification));
            return;
        }

        Tcb* receiver = notification->Receiver;
        if (receiver != null && badge != 0)
        {
            TMachine.Post(kernel, receiver, badge);
            return;
        }

        notification->Word |= badge;
        notification->State = NotificationState.Active;
    }

    /// <summary>Takes what was signalled, or waits.</summary>
    public static void Wait(KernelState* kernel, Tcb* thread, Notification* notification, Blocking mayBlock)
    {
        if (TryTake(kernel, notification, out ulong word))
        {
            Message.SetResult(thread, word, default);
            return;
        }

        if (mayBlock == Blocking.No)
        {
            Message.SetResult(thread, 0, default);
            return;
        }

        Threads<TMachine>.Block(kernel, thread, ThreadState.BlockedOnNotification, notification);
        notification->Append(thread);
        LookAgain(kernel, notification);
    }

    /// <summary>Gives a thread that is about to receive from an endpoint the signal that its bound notification holds.</summary>
    public static bool TakeBound(KernelState* kernel, Tcb* thread)
    {
        if (thread->BoundNotification == null || !TryTake(kernel, thread->BoundNotification, out ulong word))
            return false;
        Message.SetResult(thread, word, default);
        return true;
    }

    /// <summary>Delivers what was posted from user mode before the posters could see that the waiter waits in the kernel.</summary>
    public static void LookAgain(KernelState* kernel, Notification* notification)
    {
        Tcb* receiver = notification->Receiver;
        if (receiver == null)
            return;
        TMachine.SetWaitsInKernel(kernel, receiver, waits: true);
        DeliverPending(kernel, notification);
    }

    /// <summary>Delivers what was signalled to a thread that waits for it in the kernel, if there are both.</summary>
    public static void DeliverPending(KernelState* kernel, Notification* notification)
    {
        Tcb* waiter = FirstWaiter(notification);
        if (waiter != null && TryTake(kernel, notification, out ulong word))
            Deliver(kernel, notification, waiter, word);
    }

    /// <summary>Makes all waiters repeat their system calls; the notification is about to die.</summary>
    public static void CancelAll(KernelState* kernel, Notification* notification)
    {
        for (Tcb* thread = notification->Queue.Head; thread != null; thread = notification->Queue.Head)
        {
            Threads<TMachine>.CancelWait(kernel, thread);
            Threads<TMachine>.Restart(kernel, thread);
        }
    }

    /// <summary>Binds a notification to a thread. One that receives already gets what is signalled or posted from now on.</summary>
    public static void Bind(KernelState* kernel, Notification* notification, Tcb* thread)
    {
        notification->BoundThread = thread;
        thread->BoundNotification = notification;
        if (notification->Receiver != null && thread->State == ThreadState.BlockedOnReceive)
            TMachine.SetWaitsInKernel(kernel, thread, waits: true);
    }

    public static void Unbind(Notification* notification)
    {
        if (notification->BoundThread == null)
            return;
        notification->BoundThread->BoundNotification = null;
        notification->BoundThread = null;
    }

    /// <summary>Finds the thread that a signal reaches: the first that waits, or the bound one if it receives from an endpoint.</summary>
    private static Tcb* FirstWaiter(Notification* notification)
    {
        if (notification->State == NotificationState.Waiting)
            return notification->Queue.Head;
        Tcb* bound = notification->BoundThread;
        return bound != null && bound->State == ThreadState.BlockedOnReceive ? bound : null;
    }

    private static void Deliver(KernelState* kernel, Notification* notification, Tcb* thread, ulong word)
    {
        Threads<TMachine>.CancelWait(kernel, thread);
        Message.SetResult(thread, word, default);
        Threads<TMachine>.Wake(kernel, thread);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryTake(KernelState* kernel, Notification* notification, out ulong word)
    {
        bool wasActive = notification->State == NotificationState.Active;
        word = TakeWord(kernel, notification);
        return wasActive || word != 0;
    }

    /// <summary>Takes the word and the pending bits; an active notification becomes idle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong TakeWord(KernelState* kernel, Notification* notification)
    {
        ulong word = notification->Word;
        notification->Word = 0;
        if (notification->State == NotificationState.Active)
            notification->State = NotificationState.Idle;
        Tcb* receiver = notification->Receiver;
        if (receiver != null)
            word |= TMachine.TakePending(kernel, receiver);
        return word;
    }
}
