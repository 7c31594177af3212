using Rel4.Abi;

namespace Rel4.Runtime;

/// <content>Holds the methods of notifications, which are reL4's: they prepare signals that go from user mode to user mode.</content>
public static unsafe partial class SeL4
{
    /// <summary>Makes a thread the receiver of a notification's user interrupts.</summary>
    /// <param name="service">The notification, with the Read right.</param>
    /// <param name="tcb">The thread.</param>
    /// <param name="receiver">Its number, if the machine numbers them, and 0 else.</param>
    /// <returns>
    /// <see cref="SeL4Error.InvalidCapability"/> 0: the Read right is missing. 1: <paramref name="tcb"/> is no thread.
    /// <see cref="SeL4Error.IllegalOperation"/>: one of the two has a receiver already, or the notification is bound to, or waited for by,
    /// another thread. <see cref="SeL4Error.NotEnoughMemory"/>: the table of receivers is full, on a machine that has one.
    /// </returns>
    /// <remarks>Never blocks. What was signalled before becomes pending at the receiver.</remarks>
    public static SeL4Error Notification_RegisterReceiver(ulong service, ulong tcb, out ulong receiver)
    {
        SetCap(0, tcb);
        return Invoke(service, InvocationLabel.NotificationRegisterReceiver, 0, 1, 0, 0, 0, 0, out receiver);
    }

    /// <summary>Ends a notification's registration with its receiver; all its senders lose theirs.</summary>
    /// <param name="service">The notification, with the Read right.</param>
    /// <returns>
    /// <see cref="SeL4Error.InvalidCapability"/> 0: the Read right is missing. <see cref="SeL4Error.IllegalOperation"/>: it has no
    /// receiver.
    /// </returns>
    /// <remarks>Never blocks. What is pending goes back into the notification's word.</remarks>
    public static SeL4Error Notification_UnregisterReceiver(ulong service) =>
        Invoke(service, InvocationLabel.NotificationUnregisterReceiver, 0);

    /// <summary>Gives the calling thread a handle with which it signals a notification without entering the kernel.</summary>
    /// <param name="service">The notification, with the Write right and a badge of exactly one bit, whose position is the vector.</param>
    /// <param name="sender">The handle, good for this thread only.</param>
    /// <returns>
    /// <see cref="SeL4Error.InvalidCapability"/> 0: the Write right is missing, or the badge has no or several bits: signal through the
    /// kernel. <see cref="SeL4Error.IllegalOperation"/>: the notification has no receiver. <see cref="SeL4Error.NotEnoughMemory"/>: the
    /// thread's table of senders or the machine's is full (Metal: 20 a thread, and no table), 256 were registered through this very capability (a copy of it helps), or the process whose message brought the capability has ended.
    /// </returns>
    /// <remarks>Never blocks. The same thread gets the same handle for the same capability until it is unregistered. Where threads
    /// belong to processes, the registration ends with the process that gave the thread the capability by a message, if the thread received it last.</remarks>
    public static SeL4Error Notification_RegisterSender(ulong service, out SenderHandle sender)
    {
        SeL4Error error = Invoke(service, InvocationLabel.NotificationRegisterSender, 0, 0, 0, 0, 0, 0, out ulong raw);
        sender = new SenderHandle(raw);
        return error;
    }

    /// <summary>Takes back the handle that the calling thread has for a notification.</summary>
    /// <param name="service">The notification, through the capability with which the handle was made.</param>
    /// <returns>
    /// <see cref="SeL4Error.InvalidCapability"/> 0: the Write right is missing. <see cref="SeL4Error.IllegalOperation"/>: the thread has no
    /// handle made with this capability.
    /// </returns>
    /// <remarks>Never blocks.</remarks>
    public static SeL4Error Notification_UnregisterSender(ulong service) =>
        Invoke(service, InvocationLabel.NotificationUnregisterSender, 0);

    /// <summary>Makes a thread the receiver of a notification's user interrupts, by invoking the thread.</summary>
    /// <param name="service">The thread.</param>
    /// <param name="notification">The notification, with the Read right. It may have come from anybody, as it is not invoked.</param>
    /// <param name="receiver">Its number, if the machine numbers them, and 0 else.</param>
    /// <returns>
    /// <see cref="SeL4Error.InvalidCapability"/> 1: <paramref name="notification"/> is no notification, or the Read right is missing. Otherwise as
    /// <see cref="Notification_RegisterReceiver"/>.
    /// </returns>
    /// <remarks>Never blocks. What was signalled before becomes pending at the receiver.</remarks>
    public static SeL4Error TCB_RegisterReceiver(ulong service, ulong notification, out ulong receiver)
    {
        SetCap(0, notification);
        return Invoke(service, InvocationLabel.TcbRegisterReceiver, 0, 1, 0, 0, 0, 0, out receiver);
    }

    /// <summary>Makes a thread the receiver of a notification's user interrupts, and says where its code takes them, on a machine that interrupts user code (Metal).</summary>
    /// <param name="service">The thread.</param>
    /// <param name="notification">The notification, with the Read right.</param>
    /// <param name="handler">
    /// The address of code that runs whenever a bit is posted while the thread runs and takes interrupts (STUI): on its stack lie, 8 bytes each, the bit's number, the instruction pointer, the flags and the
    /// stack pointer. It takes the number off, and returns by UIRET. The thread begins without taking any (CLUI). 0: none is run, and the thread looks by Wait and Poll. An address
    /// that is not the thread's is found out when the first bit is posted: a fault of the thread's.
    /// </param>
    /// <param name="stackAdjust">Bytes below its stack pointer that are kept as they are (128 in the System V ABI), a multiple of 8; or, with bit 0 set, the end of a stack for handlers.</param>
    /// <param name="receiver">Its number, if the machine numbers them, and 0 else.</param>
    /// <returns>As the other.</returns>
    /// <remarks>Never blocks. What was signalled before becomes pending at the receiver. Source: Intel SDM vol. 3A, chapter "User Interrupts".</remarks>
    public static SeL4Error TCB_RegisterReceiver(ulong service, ulong notification, ulong handler, ulong stackAdjust, out ulong receiver)
    {
        SetCap(0, notification);
        return Invoke(service, InvocationLabel.TcbRegisterReceiver, 2, 1, handler, stackAdjust, 0, 0, out receiver);
    }

    /// <summary>Ends a notification's registration with its receiver, by invoking a thread.</summary>
    /// <param name="service">The thread that is its receiver.</param>
    /// <param name="notification">The notification, with the Read right.</param>
    /// <returns>
    /// <see cref="SeL4Error.InvalidCapability"/> 1: it is no notification, or the Read right is missing. <see cref="SeL4Error.IllegalOperation"/>: the
    /// thread is not its receiver.
    /// </returns>
    /// <remarks>Never blocks. What is pending goes back into the notification's word.</remarks>
    public static SeL4Error TCB_UnregisterReceiver(ulong service, ulong notification)
    {
        SetCap(0, notification);
        return Invoke(service, InvocationLabel.TcbUnregisterReceiver, 0, caps: 1);
    }

    /// <summary>Gives a thread a handle with which it signals a notification without entering the kernel, by invoking the thread.</summary>
    /// <param name="service">The thread.</param>
    /// <param name="notification">
    /// The notification, with the Write right and a badge of exactly one bit, whose position is the vector. It may have come from anybody, as it is not
    /// invoked.
    /// </param>
    /// <param name="sender">The handle, good for that thread only.</param>
    /// <returns>
    /// <see cref="SeL4Error.InvalidCapability"/> 1: <paramref name="notification"/> is no notification, the Write right is missing, or the badge has no or
    /// several bits. Otherwise as <see cref="Notification_RegisterSender"/>.
    /// </returns>
    /// <remarks>Never blocks. The same thread gets the same handle for the same capability until it is unregistered.</remarks>
    public static SeL4Error TCB_RegisterSender(ulong service, ulong notification, out SenderHandle sender)
    {
        SetCap(0, notification);
        SeL4Error error = Invoke(service, InvocationLabel.TcbRegisterSender, 0, 1, 0, 0, 0, 0, out ulong raw);
        sender = new SenderHandle(raw);
        return error;
    }

    /// <summary>Takes back the handle that a thread has for a notification, by invoking the thread.</summary>
    /// <param name="service">The thread.</param>
    /// <param name="notification">The notification, through the capability with which the handle was made.</param>
    /// <returns>
    /// <see cref="SeL4Error.InvalidCapability"/> 1: it is no notification, or the Write right is missing. <see cref="SeL4Error.IllegalOperation"/>: the thread
    /// has no handle made with this capability.
    /// </returns>
    /// <remarks>Never blocks.</remarks>
    public static SeL4Error TCB_UnregisterSender(ulong service, ulong notification)
    {
        SetCap(0, notification);
        return Invoke(service, InvocationLabel.TcbUnregisterSender, 0, caps: 1);
    }

    /// <summary>Takes a handle back that a thread has, by invoking the thread; also one that was closed, whose capability may be gone.</summary>
    /// <param name="service">The thread.</param>
    /// <param name="sender">The handle.</param>
    /// <returns><see cref="SeL4Error.IllegalOperation"/>: the handle is stale, or another thread's.</returns>
    /// <remarks>
    /// Never blocks. On Metal an index whose sender was closed, since its capability was deleted or its receiver ended, goes on to be the thread's: who posts by it faults no more than before, and
    /// reaches nobody. This ends that, and to post by it is a fault until it is given out again.
    /// </remarks>
    public static SeL4Error TCB_UnregisterSender(ulong service, SenderHandle sender) =>
        Invoke(service, InvocationLabel.TcbUnregisterSender, 1, 0, sender.Raw, 0, 0, 0);

    /// <summary>Tells which of a thread's senders are open.</summary>
    /// <param name="service">The thread; it may be the calling one.</param>
    /// <param name="open">Takes a bit for each index.</param>
    /// <returns><see cref="SeL4Error.IllegalOperation"/>: the machine tells of closed senders in another way (only Metal does it so).</returns>
    /// <remarks>
    /// Never blocks. Whenever a sender of a thread is closed by what somebody else did, and the thread receives something itself, bit <see cref="SenderHandle.ClosedBit"/> is posted to it.
    /// </remarks>
    public static SeL4Error TCB_ReadSenders(ulong service, out ulong open) =>
        Invoke(service, InvocationLabel.TcbReadSenders, 0, 0, 0, 0, 0, 0, out open);
}
