using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;
using static Rel4.Hosted.Linux.SystemCallNumber;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Tries to abuse the user-interrupt controller.</summary>
internal static unsafe class UserInterruptTrespasses
{
    private const ulong OneBit = 8, SeveralBits = 3;
    private const int DescriptorLimit = 1024;
    private const int SetFlags = 4;

    public static Finding RegisterReceiverWithoutRead()
    {
        SeL4Error error = SeL4.Notification_RegisterReceiver(Held.SignalOnly, Held.Self, out ulong index);
        if (error != SeL4Error.NoError)
            return Finding.Of(error);
        UserInterruptReceiver.TryOpen(index)?.Dispose();
        Check(SeL4.Notification_UnregisterReceiver(Held.SignalOnly));
        return Finding.Success("registered");
    }

    public static Finding RegisterSenderWithoutWrite()
    {
        using UserInterruptReceiver receiver = Open(Held.WaitOnly);
        SeL4Error error = SeL4.Notification_RegisterSender(Held.WaitOnly, out _);
        Check(SeL4.Notification_UnregisterReceiver(Held.WaitOnly));
        return Finding.Of(error);
    }

    /// <summary>Asks the kernel to deliver what was posted through a handle; the owner before it gives that back.</summary>
    public static Finding PostThroughStaleHandle()
    {
        ulong notification = Held.Make(ObjectType.Notification);
        ulong badged = Badge(notification, OneBit);
        using UserInterruptReceiver receiver = Open(notification);
        Check(SeL4.Notification_RegisterSender(badged, out SenderHandle handle));
        SeL4Error error = SeL4Error.NoError;
        if (Held.IsOwner)
            error = Deliver(handle.Raw);
        Check(SeL4.Notification_UnregisterSender(badged));
        if (!Held.IsOwner)
            error = DeliverAny(handle.Raw);
        Check(SeL4.Notification_UnregisterReceiver(notification));
        return Finding.Of(error);
    }

    /// <summary>Fills all that the kernel could ring, lets it wait for room there, and signals.</summary>
    public static Finding StuffDoorbell()
    {
        HashSet<int> before = OpenDescriptors();
        ulong notification = Held.Make(ObjectType.Notification);
        using UserInterruptReceiver receiver = Open(notification);
        foreach (int descriptor in OpenDescriptors().Except(before))
            Stuff(descriptor);
        receiver.ShowParked();
        ulong several = Badge(notification, SeveralBits);
        SeL4.Signal(several);
        SeL4.Signal(several);
        Finding harm = Held.LookForHarm();
        Check(SeL4.Notification_UnregisterReceiver(notification));
        return harm;
    }

    private static UserInterruptReceiver Open(ulong notification)
    {
        Check(SeL4.Notification_RegisterReceiver(notification, Held.Self, out ulong index));
        return UserInterruptReceiver.TryOpen(index) ?? throw new InvalidOperationException("No memory for the receiver.");
    }

    private static ulong Badge(ulong notification, ulong badge)
    {
        ulong slot = Held.TakeSlot();
        TaskContext.CNode.Mint(TaskContext.CNode[notification], slot, CapRights.All, badge);
        return slot;
    }

    private static SeL4Error DeliverAny(ulong stale)
    {
        var random = new Random(4);
        for (int i = 0; i < 1000; i++)
        {
            ulong handle = i == 0 ? stale : i < 500 ? stale ^ (ulong)i : (ulong)random.NextInt64();
            if (Deliver(handle) == SeL4Error.NoError)
                return SeL4Error.NoError;
        }

        return SeL4Error.InvalidCapability;
    }

    private static SeL4Error Deliver(ulong handle)
    {
        var frame = new TrapFrame { Number = HostedSyscall.DeliverUserInterrupt, Word0 = handle };
        CurrentTask.Trap(&frame);
        return (SeL4Error)frame.Info.Label;
    }

    /// <summary>Fills what can be filled, and lets all who write to it wait.</summary>
    private static void Stuff(int descriptor)
    {
        const ulong Most = ulong.MaxValue - 1;
        ulong count = Most;
        do
            SystemCall.TryInvoke(write, out _, descriptor, (nint)(&count), sizeof(ulong));
        while ((count >>= 1) != 0);
        SystemCall.TryInvoke(fcntl, out _, descriptor, SetFlags, 0);
    }

    private static HashSet<int> OpenDescriptors()
    {
        const int GetFlags = 1;
        var open = new HashSet<int>();
        for (int descriptor = 0; descriptor < DescriptorLimit; descriptor++)
        {
            SystemCall.TryInvoke(fcntl, out LinuxError error, descriptor, GetFlags);
            if (error == LinuxError.None)
                open.Add(descriptor);
        }

        return open;
    }

    private static void Check(SeL4Error error)
    {
        if (error != SeL4Error.NoError)
            throw new InvalidOperationException($"The kernel refuses what the task may do: {error}.");
    }
}
