using Rel4.Abi;
using Rel4.Kernel;
using Rel4.Runtime;
using Rel4.Sim;

namespace Rel4.Testing;

/// <summary>What the first thread of the kernel makes objects from, and where it puts them.</summary>
internal sealed unsafe class SupervisorHoldings
{
    private readonly List<(ulong Slot, int Bits)> _memory = [];
    private readonly ulong _endSlot;
    private ulong _nextSlot;

    public SupervisorHoldings(SimKernel kernel)
    {
        var information = (BootInfo*)CSpace.LookupSlot(kernel.RootThread, RootSlot.BootInfoFrame)->Cap.Address;
        var descriptions = (UntypedDescription*)(information + 1);
        for (ulong slot = information->Untyped.Start; slot < information->Untyped.End; slot++)
            _memory.Add((slot, descriptions[slot - information->Untyped.Start].SizeBits));
        // From the smallest on, so that small objects leave large blocks whole.
        _memory.Sort(static (one, other) => one.Bits.CompareTo(other.Bits));
        (_nextSlot, _endSlot) = (information->Empty.Start, information->Empty.End);
    }

    /// <summary>Takes an empty slot.</summary>
    public ulong TakeSlot() => _nextSlot < _endSlot ? _nextSlot++ : throw new InvalidOperationException("The test system has no room for further objects: use several.");

    /// <summary>Makes an object.</summary>
    public ulong Make(ObjectType type, byte sizeBits = 0)
    {
        ulong slot = TakeSlot();
        foreach ((ulong memory, int _) in _memory)
        {
            SeL4Error error = SeL4.Untyped_Retype(memory, type, sizeBits, RootSlot.CNode, 0, 0, slot, 1);
            if (error == SeL4Error.NoError)
                return slot;
            if (error != SeL4Error.NotEnoughMemory)
                SeL4Exception.ThrowIfFailed(error, InvocationLabel.UntypedRetype, memory, new CNodeCap(RootSlot.CNode)[slot]);
        }

        throw new InvalidOperationException("The test system has no memory for a further task: use several systems, or fewer tasks.");
    }
}
