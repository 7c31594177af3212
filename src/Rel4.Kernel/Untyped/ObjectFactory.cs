using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Makes objects out of zeroed memory.</summary>
internal static unsafe class ObjectFactory
{
    /// <summary>Gets log2 of the bytes of an object; more than any memory has if there is no such size.</summary>
    public static int SizeBits(ObjectType type, ulong sizeBits) => type switch
    {
        ObjectType.Untyped => Cut(sizeBits),
        ObjectType.CapTable => Cut(sizeBits) + Limits.SlotBits,
        ObjectType.Tcb => Limits.TcbBits,
        ObjectType.Endpoint => Limits.EndpointBits,
        ObjectType.Notification => Limits.NotificationBits,
        ObjectType.LargePage => Limits.LargePageBits,
        ObjectType.HugePage => Limits.HugePageBits,
        _ => Limits.PageBits,
    };

    /// <summary>Tells whether the memory of a device can become this (manual section "Kernel Memory Allocation").</summary>
    public static bool FitsDevice(ObjectType type) =>
        type is ObjectType.Untyped or ObjectType.Page4K or ObjectType.LargePage or ObjectType.HugePage;

    /// <summary>Makes an object and the first capability to it, with all rights.</summary>
    public static Capability Make(ObjectType type, byte* address, int objectBits, bool isDevice)
    {
        switch (type)
        {
            case ObjectType.Untyped:
                return Capability.ToUntyped(address, objectBits, isDevice);
            case ObjectType.Tcb:
                var thread = (Tcb*)address;
                thread->SliceLeft = Tcb.FreshSlice;
                thread->Context.Rflags = 0x202;
                DerivationTree.InsertRoot(Capability.MasterReply(thread), &thread->MasterReply);
                return Capability.ToThread(thread);
            case ObjectType.Endpoint:
                return Capability.ToEndpoint(address);
            case ObjectType.Notification:
                return Capability.ToNotification(address);
            case ObjectType.CapTable:
                return Capability.ToCNode(address, objectBits - Limits.SlotBits);
            case ObjectType.Pml4:
                return Capability.ToVSpace(address);
            case ObjectType.Pdpt:
                return Capability.OfMachine(CapType.Pdpt, address);
            case ObjectType.PageDirectory:
                return Capability.OfMachine(CapType.PageDirectory, address);
            case ObjectType.PageTable:
                return Capability.OfMachine(CapType.PageTable, address);
            default:
                return Capability.ToFrame(address, objectBits, isDevice);
        }
    }

    private static int Cut(ulong sizeBits) => sizeBits < Limits.WordBits ? (int)sizeBits : Limits.WordBits;
}
