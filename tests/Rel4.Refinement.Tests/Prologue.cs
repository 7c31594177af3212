using Rel4.Abi;
using Rel4.Spec;
using SpecThread = Rel4.Spec.Thread;

namespace Rel4.Refinement.Tests;

/// <summary>
/// Is the beginning of every story: the root task makes a small system of four threads, so that there is something to go wrong.
/// </summary>
internal static class Prologue
{
    private const ulong Untyped = 30, Small = 31, Threads = 32, Node = 35, TinyNode = 36;
    private const ulong Endpoints = 37, Notifications = 39, Frames = 41, Space = 43;
    private const ulong Badged = 44, WriteOnly = 45, Vector3 = 46, Vector7 = 47, TwoBits = 48, ReadOnlyFrame = 49, ReadOnly = 50, NoGrant = 51;

    /// <summary>Gives the acts.</summary>
    public static IEnumerable<Act> For(SpecState state, Random random)
    {
        ulong root = state.Current!.Value;
        ulong largest = Reach.Of(state, root).MaxBy(place => (place.Cap as UntypedCap)?.SizeBits ?? 0)!.Index;
        return Drafts(largest, random).Select(draft => draft.By(root));
    }

    /// <summary>
    /// Gives acts that may follow it, as often as a run wants them: the end of a receiver by its thread, calls to nowhere, and one through a capability
    /// that allows no answer.
    /// </summary>
    public static IEnumerable<Act> RareActs(ulong root, SpecState state)
    {
        const ulong Nowhere = 1UL << 63;
        ulong[] threads = [.. state.Objects.Values.OfType<SpecThread>().Where(thread => thread.IsRunnable && thread.Address != root).Select(thread => thread.Address)];
        for (int i = 0; i < 3; i++)
        {
            yield return Draft.Method(Threads + 1, InvocationLabel.TcbRegisterReceiver).With(Notifications + 1).By(root);
            yield return Draft.Method(Threads + 1, InvocationLabel.TcbUnregisterReceiver).With(Notifications + 1).By(root);
        }

        yield return Mint(NoGrant, Endpoints, CapRights.Write, 0).By(root);
        yield return new Draft(Syscall.Call, Nowhere).By(threads[0]);
        yield return new Draft(Syscall.ReplyRecv, Nowhere).By(threads[1]);
        yield return new Draft(Syscall.Call, NoGrant).By(root);
    }

    private static IEnumerable<Draft> Drafts(ulong largest, Random random)
    {
        yield return Retype(largest, ObjectType.Untyped, 17, Untyped, 1);
        yield return Retype(largest, ObjectType.Untyped, 13, Small, 1);
        yield return Retype(Untyped, ObjectType.Tcb, 0, Threads, 3);
        yield return Retype(Untyped, ObjectType.CapTable, 4, Node, 1);
        yield return Retype(Untyped, ObjectType.CapTable, 2, TinyNode, 1);
        yield return Retype(Untyped, ObjectType.Endpoint, 0, Endpoints, 2);
        yield return Retype(Untyped, ObjectType.Notification, 0, Notifications, 2);
        yield return Retype(Untyped, ObjectType.Page4K, 0, Frames, 2);
        yield return Retype(Untyped, ObjectType.Pml4, 0, Space, 1);

        yield return Mint(Badged, Endpoints, CapRights.All, 5);
        yield return Mint(WriteOnly, Endpoints, CapRights.Write | CapRights.GrantReply, 9);
        yield return Mint(ReadOnly, Endpoints, CapRights.Read, 0);
        yield return Mint(Vector3, Notifications, CapRights.ReadWrite, 1 << 3);
        yield return Mint(Vector7, Notifications, CapRights.ReadWrite, 1 << 7);
        yield return Mint(TwoBits, Notifications + 1, CapRights.ReadWrite, 3);
        yield return Mint(ReadOnlyFrame, Frames, CapRights.Read, 0);

        yield return MintInto(Node, 1, Node, new CNodeCapData(0, 60).Raw);
        yield return MintInto(Node, 2, Endpoints, 0);
        yield return MintInto(Node, 3, Endpoints, 7);
        yield return MintInto(Node, 4, Notifications, 1 << 5);
        yield return MintInto(Node, 5, Threads + 2, 0);
        yield return MintInto(Node, 6, RootSlot.CNode, new CNodeCapData(0, 54).Raw);
        yield return MintInto(Node, 7, Frames + 1, 0);
        yield return MintInto(Node, 8, Space, 0);

        ulong deepGuard = new CNodeCapData(0, 60).Raw;
        yield return Configure(Threads, Endpoints + 1, RootSlot.CNode, 0, 0x1000, Frames);
        yield return Configure(Threads + 1, Endpoints, RootSlot.CNode, 0, 0x1400, Frames);
        yield return Configure(Threads + 2, 2, Node, deepGuard, 0x5800, Frames + 1);
        yield return SetSpace(RootSlot.Tcb, Endpoints + 1);
        for (ulong i = 0; i < 3; i++)
        {
            ulong thread = Threads + i, priority = 100 + (ulong)random.Next(2);
            yield return Draft.Method(thread, InvocationLabel.TcbSetSchedParams, 150 + i, priority).With(RootSlot.Tcb);
            yield return Draft.Method(thread, InvocationLabel.TcbWriteRegisters, 1, 3, 0x400000 + (0x1000 * i), 0x7000, ulong.MaxValue);
        }
        yield return Draft.Method(RootSlot.Tcb, InvocationLabel.TcbSetPriority, 100).With(RootSlot.Tcb);
        if (random.Next(2) == 0)
            yield return Draft.Method(Threads, InvocationLabel.TcbBindNotification).With(Notifications);
        if (random.Next(2) == 0)
        {
            yield return Draft.Method(Notifications, InvocationLabel.NotificationRegisterReceiver).With(Threads);
            yield return Draft.Method(Vector3, InvocationLabel.NotificationRegisterSender);
        }
    }

    private static Draft Retype(ulong untyped, ObjectType type, ulong sizeBits, ulong slot, ulong count) =>
        Draft.Method(untyped, InvocationLabel.UntypedRetype, (ulong)type, sizeBits, 0, 0, slot, count).With(RootSlot.CNode);

    private static Draft Mint(ulong target, ulong source, CapRights rights, ulong badge) =>
        Draft.Method(RootSlot.CNode, InvocationLabel.CNodeMint, target, 64, source, 64, (ulong)rights, badge).With(RootSlot.CNode);

    private static Draft MintInto(ulong node, ulong target, ulong source, ulong data) =>
        Draft.Method(node, InvocationLabel.CNodeMint, target, 4, source, 64, (ulong)CapRights.All, data).With(RootSlot.CNode);

    private static Draft Configure(ulong thread, ulong faultHandler, ulong root, ulong rootData, ulong buffer, ulong frame) =>
        Draft.Method(thread, InvocationLabel.TcbConfigure, faultHandler, rootData, 0, buffer).With(root, RootSlot.VSpace, frame);

    private static Draft SetSpace(ulong thread, ulong faultHandler) =>
        Draft.Method(thread, InvocationLabel.TcbSetSpace, faultHandler, 0, 0).With(RootSlot.CNode, RootSlot.VSpace);
}
