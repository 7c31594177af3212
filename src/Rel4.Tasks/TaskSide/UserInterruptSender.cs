using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Runtime;

namespace Rel4.Hosted.TaskSide;

/// <summary>Signals a notification from user mode: the sending half of a U-notification.</summary>
/// <remarks>
/// The kernel gives a thread one sender for each capability. Who registers the same once more, for another executor of the process, shares it: any
/// number of threads may post, and the last to dispose of it frees it.
/// </remarks>
internal sealed unsafe class UserInterruptSender : InterruptSender
{
    private readonly KernelConnection _connection;
    private readonly SenderOutbox* _outbox;
    private readonly ReceiverStatus* _status;
    private readonly int _doorbell;

    private UserInterruptSender(KernelConnection connection, SenderHandle handle, SenderOutbox* outbox, ReceiverStatus* status, int doorbell)
    {
        _connection = connection;
        Handle = handle;
        _outbox = outbox;
        _status = status;
        _doorbell = doorbell;
    }

    /// <summary>Gets or sets how many share it. For the connection.</summary>
    public int Users { get; set; }

    /// <summary>Gets the handle that the kernel knows it by.</summary>
    public SenderHandle Handle { get; }

    /// <inheritdoc/>
    public override bool IsClosed => Volatile.Read(ref _outbox->Closed) != 0 || _connection.HasEnded;

    /// <summary>Registers the calling thread as a sender of a notification.</summary>
    /// <param name="thread">Capability of the calling thread.</param>
    /// <param name="notification">Capability with the Write right and a badge of one bit; not registered by this thread yet.</param>
    /// <returns>
    /// What <see cref="SeL4.TCB_RegisterSender"/> returns. <see cref="SeL4Error.NotEnoughMemory"/> can also mean that the receiver's process
    /// has not set itself up yet: signal through the kernel, and try again another time.
    /// </returns>
    public static SeL4Error TryRegister(ulong thread, ulong notification, out UserInterruptSender? sender)
    {
        sender = null;
        SeL4Error error = SeL4.TCB_RegisterSender(thread, notification, out SenderHandle handle);
        if (error == SeL4Error.NoError && !TaskThread.Current!.TryNote(handle))
        {
            // This thread has had it before. It is either in use, or was disposed of, and then a new one is needed.
            if (CurrentTask.Connection.TryShareSender(handle, out sender))
                return SeL4Error.NoError;
            _ = SeL4.TCB_UnregisterSender(thread, notification);
            error = SeL4.TCB_RegisterSender(thread, notification, out handle);
            if (error == SeL4Error.NoError)
                TaskThread.Current.TryNote(handle);
        }

        if (error != SeL4Error.NoError)
            return error;
        sender = CurrentTask.Connection.TakeSender(handle);
        if (sender != null)
            return SeL4Error.NoError;
        _ = SeL4.TCB_UnregisterSender(thread, notification);
        return SeL4Error.NotEnoughMemory;
    }

    /// <summary>Maps what the kernel sent: outbox, doorbell, status of the receiver.</summary>
    /// <returns>Null if memory or descriptors have run out; the descriptors are closed then.</returns>
    public static UserInterruptSender? TryCreate(KernelConnection connection, SenderHandle handle, ReadOnlySpan<int> descriptors)
    {
        var outbox = (SenderOutbox*)Memory.TryMapWritable(descriptors[0], SenderOutbox.Size);
        var status = (ReceiverStatus*)Memory.TryMapReadOnly(descriptors[2], ReceiverStatus.Size);
        Descriptors.CloseAll(descriptors[0], descriptors[2]);
        var sender = new UserInterruptSender(connection, handle, outbox, status, descriptors[1]);
        if (outbox != null && status != null && descriptors[1] >= 0)
            return sender;
        sender.Free();
        return null;
    }

    /// <summary>Signals. Enters the kernel only if the receiver's thread waits there; never blocks.</summary>
    /// <returns>False if the registration has ended: the signal reached nobody, unless it ended in this very moment.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public override bool TryPost()
    {
        // Is the fence, too. Pairs with those in UserInterruptReceiver.ShowParked, HostedReceiver.SetWaitsInKernel and HostedReceiver.CloseSender:
        // either they see this post, or this sees what they show.
        Interlocked.Increment(ref _outbox->Counter);
        if (Volatile.Read(ref _outbox->Closed) != 0)
            return false;
        if ((Volatile.Read(ref _status->Parked) | Volatile.Read(ref _status->WaitsInKernel)) == 0)
            return true;
        return TryWake();
    }

    /// <summary>Gives back what the process holds for it, if nobody else shares it. The registration ends with its capability, or when this is registered anew.</summary>
    public override void Dispose()
    {
        if (_connection.Release(this))
            Free();
    }

    private void Free()
    {
        Memory.Unmap(_outbox, SenderOutbox.Size);
        Memory.Unmap(_status, ReceiverStatus.Size);
        Descriptors.CloseAll(_doorbell);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryWake()
    {
        if (Volatile.Read(ref _status->Parked) != 0)
            Descriptors.Ring(_doorbell);
        if (Volatile.Read(ref _status->WaitsInKernel) == 0)
            return true;

        // An executor's thread need not be one of the kernel's; and a thread of another kernel, which this process may have, is of no use.
        if (TaskThread.Current?.Connection != _connection && _connection.Machine is { } machine)
        {
            machine.Threads.Post(() => _ = TryDeliver());
            return true;
        }

        return TryDeliver();
    }

    /// <summary>Has the kernel deliver what was posted to the receiver's thread, which waits there.</summary>
    private bool TryDeliver()
    {
        var frame = new TrapFrame { Number = HostedSyscall.DeliverUserInterrupt, Word0 = Handle.Raw };
        CurrentTask.Trap(&frame);
        return frame.Status == TrapStatus.Completed && frame.Info.Label == (ulong)SeL4Error.NoError;
    }
}
