using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Makes objects out of zeroed memory: the core's own, and by the machine those that only that knows.</summary>
internal static unsafe class ObjectFactory
{
    /// <summary>Gets log2 of the bytes of an object, more than any memory has if there is no such size, and whether the memory of a device can become one.</summary>
    /// <returns>False if there are no objects of this type.</returns>
    public static bool TryGetSize<TObjects>(ObjectType type, ulong sizeBits, out int objectBits, out bool fitsDevice)
        where TObjects : struct, IMachineObjects
    {
        if (type > ObjectType.CapTable)
            return TObjects.TryGetSize(type, out objectBits, out fitsDevice);
        fitsDevice = type == ObjectType.Untyped;
        int given = sizeBits < Limits.WordBits ? (int)sizeBits : Limits.WordBits;
        objectBits = type switch
        {
            ObjectType.Untyped => given,
            ObjectType.CapTable => given + Limits.SlotBits,
            ObjectType.Tcb => Limits.TcbBits,
            ObjectType.Endpoint => Limits.EndpointBits,
            _ => Limits.NotificationBits,
        };
        return true;
    }

    /// <summary>Makes an object and the first capability to it, with all rights.</summary>
    public static Capability Make<TObjects>(KernelState* kernel, ObjectType type, byte* address, int objectBits, bool isDevice)
        where TObjects : struct, IMachineObjects
    {
        switch (type)
        {
            case ObjectType.Untyped:
                return Capability.ToUntyped(address, objectBits, isDevice);
            case ObjectType.Tcb:
                Capability thread = MakeThread(kernel, (Tcb*)address);
                TObjects.InitialiseThread(kernel, thread.Thread);
                return thread;
            case ObjectType.Endpoint:
                return Capability.ToEndpoint(address);
            case ObjectType.Notification:
                return Capability.ToNotification(address);
            case ObjectType.CapTable:
                return Capability.ToCNode(address, objectBits - Limits.SlotBits);
            default:
                return TObjects.Make(kernel, type, address, objectBits, isDevice);
        }
    }

    /// <summary>Makes a thread, but for the machine's part of it. Its home is the processor that makes it.</summary>
    public static Capability MakeThread(KernelState* kernel, Tcb* thread)
    {
        thread->Home = kernel;
        thread->SliceLeft = Tcb.FreshSlice;
        thread->Context.Rflags = Registers.FixedFlags;
        DerivationTree.InsertRoot(Capability.MasterReply(thread), &thread->MasterReply);
        return Capability.ToThread(thread);
    }
}
