using System.Diagnostics;
using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Holds tasks whose peers die or take capabilities away.</summary>
internal static class PeerPrograms
{
    private const ulong Bit = 1 << 4;

    /// <summary>Parks until the peer is gone, and writes when it knows that.</summary>
    public static void AwaitPeersEnd()
    {
        InterruptReceiver doorbells = MachineUser.OpenReceiver(TaskContext.Notification("own"));
        AwaitEnd(doorbells, TaskContext.Notification("peer"));
    }

    /// <summary>Takes a capability from its owner, and parks until it is taken away again.</summary>
    public static void UseUntilRevoked()
    {
        InterruptReceiver doorbells = MachineUser.OpenReceiver(new NotificationCap(MachineUser.Make(ObjectType.Notification)));
        ulong slot = MachineUser.TakeSlot();
        TaskContext.CNode.ReceiveInto(slot);
        TaskContext.Endpoint("offers").Receive().Reply(0);
        AwaitEnd(doorbells, new NotificationCap(slot));
    }

    /// <summary>Gives a capability away, and takes it back when it has been used.</summary>
    public static void GiveAndRevoke()
    {
        var notification = new NotificationCap(MachineUser.Make(ObjectType.Notification));
        using InterruptReceiver doorbells = MachineUser.OpenReceiver(notification);
        ulong badged = MachineUser.Mint(notification.CPtr, CapRights.Write, Bit);
        TaskContext.Endpoint("user").Call(0, [], [badged]);
        using InterruptParking parking = MachineUser.Machine.CreateParking(doorbells);
        Console.WriteLine($"posted {MachineUser.ParkUntil(parking, () => false)}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"revoked {Stopwatch.GetTimestamp()}"));
        TaskContext.CNode.Revoke(notification.CPtr);
        TaskContext.Notification("never").Wait();
    }

    private static void AwaitEnd(InterruptReceiver doorbells, NotificationCap peer)
    {
        using InterruptSender sender = MachineUser.OpenSender(peer);
        using InterruptParking parking = MachineUser.Machine.CreateParking(doorbells);
        // Before the post, at which the peer's capability may be taken away.
        uint before = doorbells.SendersClosed;
        if (!sender.TryPost())
            throw new InvalidOperationException("the peer is gone already");
        Console.WriteLine("ready");
        while (doorbells.SendersClosed == before)
            MachineUser.ParkUntil(parking, () => doorbells.SendersClosed != before);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"told {Stopwatch.GetTimestamp()} {sender.IsClosed} {sender.TryPost()}"));
        TaskContext.Notification("never").Wait();
    }
}
