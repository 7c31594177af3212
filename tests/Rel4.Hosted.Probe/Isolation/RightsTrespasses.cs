using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Tries to do more with a capability than its rights allow.</summary>
internal static class RightsTrespasses
{
    private const ulong AnotherBadge = 99;

    public static Finding ReceiveWithoutRead()
    {
        SeL4.NBRecv(Held.SendOnly, out _);
        return Finding.Success("received");
    }

    public static Finding CallWithoutWrite() => AskThrough(Held.ReceiveOnly);

    public static Finding SendCapabilityWithoutGrant()
    {
        ulong arrived = Victim.Ask(Held.Send, Held.Page)!.Value.Capabilities;
        return new Finding(arrived != 0, $"{arrived} capabilities arrived");
    }

    public static Finding WaitWithoutRead()
    {
        SeL4.Poll(Held.SignalOnly, out _);
        return Finding.Success("polled");
    }

    public static Finding SignalWithoutWrite() => Finding.Of((SeL4Error)new EndpointCap(Held.WaitOnly).Call(0).Label);

    public static Finding CopyFrame()
    {
        ulong copy = Held.TakeSlot();
        TaskContext.CNode.Copy(TaskContext.CNode[Held.Page], copy);
        CapRights rights = CapRights.ReadWrite;
        Held.Map(copy, ref rights);
        return new Finding((rights & CapRights.Write) != 0, $"the mapping is {rights}");
    }

    public static Finding CopyEndpoint()
    {
        ulong copy = Held.TakeSlot();
        TaskContext.CNode.Copy(TaskContext.CNode[Held.ReceiveOnly], copy);
        return AskThrough(copy);
    }

    /// <summary>Asks with another badge, by each operation that could give one.</summary>
    public static Finding MintAnotherBadge()
    {
        ulong copy = Held.TakeSlot(), pivot = Held.TakeSlot();
        SeL4Error mutated = SeL4.CNode_Mutate(
            Held.CNode, copy, Limits.WordBits, Held.CNode, Held.Send, Limits.WordBits, AnotherBadge);
        SeL4Error rotated = SeL4.CNode_Rotate(
            Held.CNode, copy, Limits.WordBits, AnotherBadge, Held.CNode, Held.ReceiveOnly, Limits.WordBits, AnotherBadge,
            Held.CNode, Held.Send, Limits.WordBits);
        if (mutated == SeL4Error.NoError || rotated == SeL4Error.NoError)
            return Finding.Success("moved with another badge");
        TaskContext.CNode.Mint(TaskContext.CNode[Held.Send], pivot, CapRights.All, AnotherBadge);
        ulong? badge = Victim.Ask(pivot)?.Badge;
        return new Finding(badge == AnotherBadge, $"the victim sees {badge}");
    }

    public static Finding CancelSends() => Finding.Of(SeL4.CNode_CancelBadgedSends(Held.CNode, Held.Send, Limits.WordBits));

    public static Finding BindWithoutRead()
    {
        ulong thread = Held.Make(ObjectType.Tcb);
        SeL4Error error = SeL4.TCB_BindNotification(thread, Held.SignalOnly);
        if (error == SeL4Error.NoError)
            SeL4.TCB_UnbindNotification(thread);
        return Finding.Of(error);
    }

    private static Finding AskThrough(ulong endpoint) =>
        Victim.Ask(endpoint) == null ? Finding.Refused(nameof(SeL4Error.InvalidCapability)) : Finding.Success("answered");
}
