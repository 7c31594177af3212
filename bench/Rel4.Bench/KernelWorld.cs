using Rel4.Abi;
using Rel4.Kernel;
using Rel4.Sim;

namespace Rel4.Bench;

/// <summary>Builds the objects that the benchmarks use, through the kernel's own invocations.</summary>
internal sealed unsafe class KernelWorld : IDisposable
{
    /// <summary>Log2 of the slots of the root CNode, where every thread of the world finds its capabilities.</summary>
    public const int RootBits = 16;

    private ulong _nextSlot = 64;
    private readonly ulong _untyped;

    public KernelWorld()
    {
        Kernel = new SimKernel(new SimOptions(MemoryBits: 24, RootCNodeBits: RootBits));
        _untyped = LargestUntyped();
    }

    public SimKernel Kernel { get; }

    public Tcb* Root => Kernel.RootThread;

    /// <summary>Makes an object and returns its capability's address.</summary>
    public ulong Make(ObjectType type, int sizeBits = 0, int count = 1)
    {
        ulong slot = _nextSlot;
        _nextSlot += (ulong)count;
        Retype(_untyped, type, sizeBits, slot, count);
        return slot;
    }

    public void Retype(ulong untyped, ObjectType type, int sizeBits, ulong slot, int count) =>
        Invoke(untyped, InvocationLabel.UntypedRetype, [RootSlot.CNode], (ulong)type, (ulong)sizeBits, 0, 0, slot, (ulong)count);

    public void Copy(ulong source, ulong destination) => Mint(source, destination, CapRights.All, badge: null);

    public ulong Mint(ulong source, CapRights rights, ulong badge)
    {
        ulong slot = _nextSlot++;
        Mint(source, slot, rights, badge);
        return slot;
    }

    /// <summary>Makes a thread that shares the root task's capabilities, and lets it run.</summary>
    public Tcb* Thread(int priority = 255)
    {
        ulong tcb = Make(ObjectType.Tcb), frame = Make(ObjectType.Page4K);
        Invoke(tcb, InvocationLabel.TcbConfigure, [RootSlot.CNode, RootSlot.VSpace, frame], 0, 0, 0, 0x1000);
        Invoke(tcb, InvocationLabel.TcbSetSchedParams, [RootSlot.Tcb], 255, (ulong)priority);
        Invoke(tcb, InvocationLabel.TcbResume, []);
        return (Tcb*)SlotAt(tcb)->Cap.Address;
    }

    public Slot* SlotAt(ulong address) => CSpace.LookupSlot(Root, address);

    /// <summary>Invokes a method as the root thread, and makes sure that it succeeds.</summary>
    public void Invoke(ulong service, InvocationLabel label, ReadOnlySpan<ulong> caps, params ReadOnlySpan<ulong> words)
    {
        IpcBuffer* buffer = Message.Buffer(Root, CapRights.ReadWrite);
        for (int i = 0; i < caps.Length; i++)
            buffer->CapsOrBadges[i] = caps[i];
        for (int i = 0; i < words.Length; i++)
            Message.SetWord(&Root->Context, buffer, (uint)i, words[i]);
        Kernel.Trap(Root, Syscall.Call, service, new MessageInfo((ulong)label, 0, (uint)caps.Length, (uint)words.Length));
        var result = (SeL4Error)new MessageInfo(Root->Context.Rsi).Label;
        if (result != SeL4Error.NoError)
            throw new InvalidOperationException($"{label} on capability {service} failed with {result}");
    }

    public void Dispose() => Kernel.Dispose();

    private void Mint(ulong source, ulong destination, CapRights rights, ulong? badge)
    {
        if (badge is { } value)
            Invoke(RootSlot.CNode, InvocationLabel.CNodeMint, [RootSlot.CNode], destination, 64, source, 64, (ulong)rights, value);
        else
            Invoke(RootSlot.CNode, InvocationLabel.CNodeCopy, [RootSlot.CNode], destination, 64, source, 64, (ulong)rights);
    }

    private ulong LargestUntyped()
    {
        ulong best = 0;
        for (ulong slot = RootSlot.FirstFree; SlotAt(slot)->Cap.Type == CapType.Untyped; slot++)
        {
            if (best == 0 || SlotAt(slot)->Cap.Bits > SlotAt(best)->Cap.Bits)
                best = slot;
        }

        return best;
    }
}
