using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Makes objects out of zeroed memory: the core's own, and by the machine those that only that knows.</summary>
internal static unsafe class ObjectFactory
{
    /// <summary>Gets log2 of the bytes of an object, more than any memory has if there is no such size, and whether the memory of a device can become one.</summary>
    /// <returns>False if there are no objects of this type.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryGetSize<TObjects>(ObjectType type, ulong sizeBits, out int objectBits, out bool fitsDevice)
        where TObjects : struct, IMachineObjects
    {
        fitsDevice = type == ObjectType.Untyped;
        switch (type)
        {
            case ObjectType.Endpoint:
                objectBits = Limits.EndpointBits;
                return true;
            case ObjectType.Notification:
                objectBits = Limits.NotificationBits;
                return true;
            case ObjectType.Tcb:
                objectBits = Limits.TcbBits;
                return true;
            case ObjectType.Untyped or ObjectType.CapTable:
                objectBits = (sizeBits < Limits.WordBits ? (int)sizeBits : Limits.WordBits) + (type == ObjectType.CapTable ? Limits.SlotBits : 0);
                return true;
            default:
                return TObjects.TryGetSize(type, out objectBits, out fitsDevice);
        }
    }

    /// <summary>Makes an object and the first capability to it, with all rights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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
