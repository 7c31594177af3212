using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Does in a task what the runtime does with its machine.</summary>
internal static class MachineUser
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private static ulong s_nextSlot = TaskContext.FreeSlots.Start;

    public static AsyncMachine Machine => AsyncMachine.Current;

    /// <summary>Takes an empty slot.</summary>
    public static ulong TakeSlot() => s_nextSlot < TaskContext.FreeSlots.End ? s_nextSlot++ : throw new InvalidOperationException("out of slots");

    /// <summary>Makes an object in the runtime's memory.</summary>
    public static ulong Make(ObjectType type)
    {
        ulong slot = TakeSlot();
        Machine.Holdings.Memory.Retype(type, Machine.Holdings.CNode[slot]);
        return slot;
    }

    /// <summary>Derives a capability.</summary>
    public static ulong Mint(ulong source, CapRights rights, ulong badge = 0)
    {
        ulong slot = TakeSlot();
        if (badge == 0)
            Machine.Holdings.CNode.Copy(Machine.Holdings.CNode[source], slot, rights);
        else
            Machine.Holdings.CNode.Mint(Machine.Holdings.CNode[source], slot, rights, badge);
        return slot;
    }

    /// <summary>Makes more threads of the kernel than the calling program has wait at once, before it counts what it holds.</summary>
    /// <remarks>One that has told of an opening's end may not be idle yet when the next opening looks for a thread; so there can be one more.</remarks>
    public static void MakeWaitingThreads()
    {
        const int count = 3;
        var together = new Barrier(count + 1);
        for (int i = 0; i < count; i++)
            Machine.Threads.PostBlocking(_ => together.SignalAndWait());
        together.SignalAndWait();
    }

    /// <summary>Makes a thread with a page to trap through.</summary>
    public static TcbCap MakeThread() => MakeThread(Machine.Holdings.CNode, Machine.Holdings.CNodeGuard);

    /// <summary>Makes a thread with a page to trap through, and a CNode of its own.</summary>
    public static TcbCap MakeThread(CNodeCap node, CNodeCapData guard)
    {
        var thread = new TcbCap(Make(ObjectType.Tcb));
        thread.Configure(node, Machine.Holdings.VSpace, TrapPage.Size, new FrameCap(Make(ObjectType.Page4K)), guard: guard);
        return thread;
    }

    /// <summary>Opens a receiver of a notification, for a thread that never runs.</summary>
    public static InterruptReceiver OpenReceiver(NotificationCap notification)
    {
        var address = new TcbCap(Make(ObjectType.Tcb));
        address.Configure(Machine.Holdings.CNode, Machine.Holdings.VSpace, guard: Machine.Holdings.CNodeGuard);
        return Machine.OpenReceiver(notification.RegisterReceiver(address));
    }

    /// <summary>Registers as a sender, as soon as the receiver is there.</summary>
    public static InterruptSender OpenSender(NotificationCap notification)
    {
        InterruptSender? sender = null;
        SeL4Error error = default;
        for (long end = Environment.TickCount64 + (long)s_limit.TotalMilliseconds; sender == null; Thread.Sleep(1))
        {
            error = Machine.TryRegisterSender(notification, out sender);
            if (sender == null && Environment.TickCount64 > end)
                throw new TimeoutException($"the sender can't be registered: {error}");
        }

        return sender;
    }

    /// <summary>Parks until bits arrive, or a condition holds.</summary>
    public static ulong ParkUntil(InterruptParking parking, Func<bool> condition)
    {
        while (true)
        {
            parking.PreparePark();
            ulong bits = parking.TakeDoorbells();
            if (bits == 0 && !condition())
                parking.Sleep(Timeout.InfiniteTimeSpan);
            parking.EndPark();
            bits |= parking.TakeDoorbells();
            if (bits != 0 || condition())
                return bits;
        }
    }
}
