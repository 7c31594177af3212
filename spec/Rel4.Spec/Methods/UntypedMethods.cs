using Rel4.Abi;
using Rel4.Spec.Rules;

namespace Rel4.Spec.Methods;

/// <summary>The methods of untyped memory (manual, "Kernel Memory Allocation", "Capabilities to Newly-Retyped Objects").</summary>
public static class UntypedMethods
{
    /// <summary>Does what a message asks of untyped memory.</summary>
    public static SpecState InvokeUntyped(this SpecState s, Invocation invocation, UntypedCap untyped) =>
        invocation.Label == (ulong)InvocationLabel.UntypedRetype
            ? s.Retype(invocation, untyped)
            : throw RefusalException.IllegalOperation();

    /// <summary>Makes objects out of untyped memory, and capabilities to them in a row of empty slots.</summary>
    private static SpecState Retype(this SpecState s, Invocation invocation, UntypedCap untyped)
    {
        invocation.Need(words: 6, caps: 1);
        var type = (ObjectType)invocation.Words[0];
        (ulong sizeBits, ulong nodeIndex, ulong nodeDepth) = (invocation.Words[1], invocation.Words[2], invocation.Words[3]);
        (ulong offset, ulong window) = (invocation.Words[4], invocation.Words[5]);
        int objectBits = ObjectBits(type, sizeBits);
        if (type is ObjectType.CapTable && sizeBits == 0 || type is ObjectType.Untyped && sizeBits < Limits.MinUntypedBits)
            throw RefusalException.InvalidArgument(1);

        CNodeCap node = s.FindNode(invocation.Caps[0].Cap, nodeIndex, nodeDepth);
        ulong slots = 1UL << node.Radix;
        if (offset >= slots)
            throw RefusalException.Range(0, slots - 1);
        if (window is < 1 or > Limits.RetypeFanOut)
            throw RefusalException.Range(1, Limits.RetypeFanOut);
        if (window > slots - offset)
            throw RefusalException.Range(1, slots - offset);
        List<SlotId> targets = [.. Enumerable.Range((int)offset, (int)window).Select(i => new SlotId(node.Address, i))];
        if (targets.Exists(slot => s.Cap(slot) is not null))
            throw new RefusalException(SeL4Error.DeleteFirst);

        ulong watermark = s.HasChildren(invocation.Slot) ? untyped.Watermark : 0;
        ulong free = (1UL << untyped.SizeBits) - watermark;
        if (free >> objectBits < window)
            throw RefusalException.NotEnoughMemory(free);
        if (untyped.IsDevice && type is not (ObjectType.Untyped or ObjectType.Page4K or ObjectType.LargePage or ObjectType.HugePage))
            throw RefusalException.InvalidArgument(1);

        ulong objectSize = 1UL << objectBits;
        ulong first = (untyped.Address + watermark + objectSize - 1) & ~(objectSize - 1);
        foreach (SlotId target in targets)
        {
            ulong address = first + ((ulong)targets.IndexOf(target) * objectSize);
            s = s.Create(type, address, objectBits, untyped.IsDevice, invocation.Slot, target);
        }
        return s.PutCap(invocation.Slot, untyped with { Watermark = first + (window * objectSize) - untyped.Address });
    }

    /// <summary>Gives log2 of the bytes of an object.</summary>
    private static int ObjectBits(ObjectType type, ulong sizeBits)
    {
        int? fixedBits = type switch
        {
            ObjectType.Untyped or ObjectType.CapTable => null,
            ObjectType.Tcb => Limits.TcbBits,
            ObjectType.Endpoint => Limits.EndpointBits,
            ObjectType.Notification => Limits.NotificationBits,
            ObjectType.Pml4 => Limits.VSpaceBits,
            ObjectType.Page4K => Limits.PageBits,
            ObjectType.LargePage => Limits.LargePageBits,
            ObjectType.HugePage => Limits.HugePageBits,
            _ => throw RefusalException.InvalidArgument(0),
        };
        if (sizeBits >= Limits.WordBits)
            throw RefusalException.Range(0, Limits.MaxUntypedBits);
        int bits = fixedBits ?? (int)sizeBits + (type is ObjectType.CapTable ? Limits.SlotBits : 0);
        return bits <= Limits.MaxUntypedBits ? bits : throw RefusalException.Range(0, Limits.MaxUntypedBits);
    }

    /// <summary>Finds the CNode for the new capabilities: the root itself, or what lies at an address under it.</summary>
    private static CNodeCap FindNode(this SpecState s, Capability? root, ulong index, ulong depth)
    {
        Capability? node = depth == 0 ? root : s.Cap(s.FindTarget(root, index, depth, isSource: false));
        return node as CNodeCap ?? throw RefusalException.FailedLookup(isSource: false, LookupFailure.MissingCapability(depth));
    }

    /// <summary>Makes one object, and the original capability to it with all rights. Its memory is zero.</summary>
    private static SpecState Create(
        this SpecState s, ObjectType type, ulong address, int objectBits, bool isDevice, SlotId untyped, SlotId target)
    {
        (KernelObject? made, Capability cap) = Make(type, address, objectBits, isDevice);
        ulong end = address + (1UL << objectBits);
        s = s with { Memory = s.Memory.RemoveRange(s.Memory.Keys.Where(word => word >= address && word < end)) };
        if (made is not null)
            s = s.Put(made);
        s = s.InsertOriginal(cap, untyped, target);
        return made is Thread
            ? s.InsertRoot(new ReplyCap(address, CanGrant: true, IsMaster: true), new SlotId(address, TcbSlot.MasterReply))
            : s;
    }

    private static (KernelObject? Object, Capability Cap) Make(ObjectType type, ulong address, int objectBits, bool isDevice) => type switch
    {
        ObjectType.Untyped => (null, new UntypedCap(address, objectBits, isDevice, Watermark: 0)),
        ObjectType.Tcb => (new Thread(address), new TcbCap(address)),
        ObjectType.Endpoint => (new Endpoint(address), new EndpointCap(address, Badge: 0, CapRights.All)),
        ObjectType.Notification => (new Notification(address), new NotificationCap(address, Badge: 0, CapRights.ReadWrite)),
        ObjectType.CapTable => (
            new CNode(address, objectBits - Limits.SlotBits), new CNodeCap(address, objectBits - Limits.SlotBits, Guard: 0, GuardSize: 0)),
        ObjectType.Pml4 => (new VSpace(address), new VSpaceCap(address)),
        _ => (new Frame(address, objectBits), new FrameCap(address, objectBits, isDevice, CapRights.ReadWrite)),
    };
}
