using System.Runtime.InteropServices;

namespace Rel4.Kernel;

/// <summary>Keeps how one thread was allowed to post one vector of one receiver without the kernel.</summary>
/// <remarks>
/// <para>
/// It lies where the machine has a place for it: in the sending thread's TCB, or in a <see cref="SenderPool"/>. The machine knows the rest of it (<see cref="SenderPlace"/>). It is in two chains,
/// so that whichever dies first finds it: that of the capability it was registered through, and that of its receiver. Only the first of the capability's chain names the slot, so
/// that moving the capability costs the same however long the chain is. That it is in the chains is the same as that it is open.
/// </para>
/// <para>Links are references (<see cref="SenderLinks"/>), which take half of what pointers would; 0 stands for none.</para>
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct Sender
{
    private const uint FirstBit = 1U << 31;

    /// <summary>The registration's generation; 0 where nothing is registered.</summary>
    public uint Generation;

    // The sender before it in the slot's chain; or, if it is the first, the slot's number with bit 31 set.
    private uint _previousOfSlot;

    /// <summary>The next in the slot's chain.</summary>
    public uint NextOfSlot;

    /// <summary>Neighbours in the receiver's chain.</summary>
    public uint NextOfReceiver, PreviousOfReceiver;

    /// <summary>Gets whether it leads to a receiver.</summary>
    public readonly bool IsOpen => _previousOfSlot != 0;

    /// <summary>Gets whether it is the first of its slot's chain.</summary>
    public readonly bool IsFirstOfSlot => (_previousOfSlot & FirstBit) != 0;

    /// <summary>Gets or sets the slot's number, of the first of its chain.</summary>
    public uint SlotNumber
    {
        readonly get => _previousOfSlot & ~FirstBit;
        set => _previousOfSlot = value | FirstBit;
    }

    /// <summary>Gets or sets the one before it in the slot's chain, of any other.</summary>
    public uint PreviousOfSlot
    {
        readonly get => _previousOfSlot;
        set => _previousOfSlot = value;
    }
}
