using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds clients that attack while channels are opened.</summary>
internal static unsafe class OpeningAttacks
{
    /// <summary>Makes the first call only.</summary>
    public static void OfferOnly() => ForEver(static () => new HostileChannel(), static channel => channel.Offer(channel.FrameForPeer));

    /// <summary>Opens channels and keeps them.</summary>
    public static void OpenAll()
    {
        HostileBoard.AwaitAttack();
        for (; ; HostileBoard.NoteStep())
            HostileChannel.Open();
    }

    /// <summary>Opens channels and closes them.</summary>
    public static void OpenAndClose() => ForEver(static () => HostileChannel.Open(), static _ => { });

    /// <summary>Joins what it has not offered.</summary>
    public static void JoinByGuess() => ForEver(static () => new HostileChannel(), static channel =>
    {
        channel.Ticket = (ulong)Random.Shared.NextInt64();
        channel.Join(HostileChannel.Doorbell);
    });

    /// <summary>Offers an endpoint: whoever invokes it calls the attacker.</summary>
    public static void OfferEndpoint()
    {
        ulong endpoint = MachineUser.Make(ObjectType.Endpoint);
        ForEver(static () => new HostileChannel(), channel => channel.Offer(endpoint));
    }

    /// <summary>Joins with an endpoint.</summary>
    public static void JoinWithEndpoint()
    {
        ulong endpoint = MachineUser.Make(ObjectType.Endpoint);
        ForEver(static () => new HostileChannel(), channel =>
        {
            channel.Offer(channel.FrameForPeer);
            channel.Join(endpoint);
        });
    }

    /// <summary>Offers all kinds of objects, its own thread and address space among them, and joins with them.</summary>
    public static void OfferEverything()
    {
        ulong small = MachineUser.Make(ObjectType.Page4K);
        ulong[] objects =
        [
            small, MachineUser.Make(ObjectType.Notification), MachineUser.Make(ObjectType.Tcb), TaskContext.VSpace.CPtr, TaskContext.CNode.CPtr,
            TaskContext.Self.CPtr, AsyncSystem.Endpoint.CPtr,
        ];
        ForEver(static () => new HostileChannel(), channel =>
        {
            foreach (ulong offered in objects)
            {
                channel.Offer(offered);
                using var other = new HostileChannel();
                if (other.Offer(other.FrameForPeer) == ChannelRefusal.None)
                    other.Join(offered);
            }
        });
    }

    /// <summary>Takes its frame away while the server uses it.</summary>
    public static void RevokeFrame()
    {
        bool isJoined = false;
        ForEver(static () => new HostileChannel(), channel =>
        {
            if (channel.Offer(channel.FrameForPeer) == ChannelRefusal.None && (isJoined = !isJoined))
                channel.Join(HostileChannel.Doorbell);
            channel.RevokeFrame();
            if (isJoined)
                channel.Join(HostileChannel.Doorbell);
        });
    }

    /// <summary>Registers with the server's doorbell through one copy of its capability after another: through each there is one for a thread.</summary>
    public static void RegisterEndlessly()
    {
        HostileBoard.AwaitAttack();
        HostileChannel channel = HostileChannel.Open();
        var kept = new List<InterruptSender>();
        ulong copy = MachineUser.Mint(channel.PeerDoorbell, CapRights.Write);
        for (; ; HostileBoard.NoteStep())
        {
            if (MachineUser.Machine.TryRegisterSender(new NotificationCap(copy), out InterruptSender? sender) != SeL4Error.NoError)
                continue;
            kept.Add(sender!);
            copy = MachineUser.Mint(channel.PeerDoorbell, CapRights.Write);
        }
    }

    private static void ForEver(Func<HostileChannel> begin, Action<HostileChannel> step)
    {
        HostileBoard.AwaitAttack();
        while (true)
        {
            using HostileChannel channel = begin();
            HostileBoard.NoteStep();
            step(channel);
        }
    }
}
