namespace Rel4.Spec.Rules;

/// <summary>The rules of deletion (manual, "Deletion and Revocation").</summary>
public static class Deletion
{
    /// <summary>Deletes what a slot holds.</summary>
    /// <remarks>
    /// If it was the last capability to an object, the object ends, and a container is emptied first. While a container is emptied, the
    /// slot holds a zombie that counts the slots left. The slot itself may lie in the container, or in another that the container holds the
    /// last capability to. Then something else may come to lie in the slot, and is what goes on being deleted, or nothing, and the zombie
    /// has come to lie in its container's first slot, out of reach for all but a revoke of the memory.
    /// </remarks>
    public static SpecState Delete(this SpecState s, SlotId slot)
    {
        while (true)
        {
            (s, ZombieCap? zombie) = s.BeginDeletion(slot);
            if (zombie is null)
                return s;
            SlotId last = new(zombie.Address, zombie.SlotsLeft - 1);
            if (zombie.SlotsLeft == 1 && last == slot)
                return s.Empty(slot).Remove(zombie.Address);
            s = s.DeleteInside(last);
            if (s.Cap(slot) != zombie)
                continue;
            s = zombie.SlotsLeft == 1
                ? s.Empty(slot).Remove(zombie.Address)
                : s.PutCap(slot, zombie with { SlotsLeft = zombie.SlotsLeft - 1 });
        }
    }

    /// <summary>Deletes every capability derived from the one in a slot, which itself may be lost on the way.</summary>
    public static SpecState Revoke(this SpecState s, SlotId slot)
    {
        while (s.Cap(slot) is not null && s.FirstChild(slot) is { } child)
            s = s.Delete(child);
        return s;
    }

    /// <summary>Deletes what a slot of a container holds that is itself being emptied.</summary>
    /// <remarks>
    /// A container found there is not emptied: that bounds the recursion. Its capability, now a zombie, changes places with what lies
    /// in its own first slot, so that the container can't be reached any more, and what came in exchange is deleted instead.
    /// </remarks>
    private static SpecState DeleteInside(this SpecState s, SlotId slot)
    {
        while (true)
        {
            (s, ZombieCap? zombie) = s.BeginDeletion(slot);
            if (zombie is null)
                return s;
            SlotId first = new(zombie.Address, 0);
            if (first == slot)
                return s;
            s = s.Swap(slot, first);
        }
    }

    /// <summary>
    /// Ends the object if a slot holds its last capability, then empties the slot, or leaves the zombie of a container there.
    /// </summary>
    private static (SpecState State, ZombieCap? Zombie) BeginDeletion(this SpecState s, SlotId slot)
    {
        Capability? cap = s.Cap(slot);
        if (cap is null)
            return (s, null);
        if (cap is ZombieCap half)
            return (s, half);
        if (!s.IsFinal(slot))
            return (s.Empty(slot), null);
        return cap switch
        {
            CNodeCap node => s.LeaveZombie(slot, new ZombieCap(node.Address, 1 << node.Radix, 1 << node.Radix, IsTcb: false)),
            TcbCap tcb => s.StopForEver(tcb.Address)
                .LeaveZombie(slot, new ZombieCap(tcb.Address, TcbSlot.Count, TcbSlot.Count, IsTcb: true)),
            EndpointCap endpoint => (s.CancelAllWaiting(endpoint.Address).Remove(endpoint.Address).Empty(slot), null),
            NotificationCap ntfn => (s.EndNotification(ntfn.Address).Remove(ntfn.Address).Empty(slot), null),
            FrameCap frame => (s.Remove(frame.Address).Empty(slot), null),
            VSpaceCap space => (s.Remove(space.Address).Empty(slot), null),
            _ => (s.Empty(slot), null),
        };
    }

    private static (SpecState State, ZombieCap? Zombie) LeaveZombie(this SpecState s, SlotId slot, ZombieCap zombie) =>
        (s.PutCap(slot, zombie), zombie);

    /// <summary>Cuts a dying thread off from all that refers to it.</summary>
    private static SpecState StopForEver(this SpecState s, ulong thread)
    {
        s = s.Unbind(thread);
        s = s.Suspend(thread);
        return s.EndUserInterruptsOf(thread);
    }

    /// <summary>Cuts a dying notification off from all that refers to it; its waiters run into the missing capability.</summary>
    private static SpecState EndNotification(this SpecState s, ulong notification)
    {
        if (s.Notification(notification).BoundThread is { } bound)
            s = s.Unbind(bound);
        return s.EndReceiverOf(notification).CancelAllWaiting(notification);
    }

    private static SpecState Remove(this SpecState s, ulong address) => s with { Objects = s.Objects.Remove(address) };
}
