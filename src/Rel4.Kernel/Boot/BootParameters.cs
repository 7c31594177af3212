namespace Rel4.Kernel;

/// <summary>Sets the sizes that are fixed at boot.</summary>
internal struct BootParameters
{
    /// <summary>Log2 of the slots of the root task's CNode (<c>KernelRootCNodeSizeBits</c>).</summary>
    public int RootCNodeBits;

    /// <summary>Processors beside the first.</summary>
    public byte OtherProcessors;

    /// <summary>Whether tasks were built for several processors, and so have other labels (<see cref="MethodLabels"/>).</summary>
    public bool HasLabelsOfSeveral;

    /// <summary>Slots that are left for the machine, between the fixed ones and those of untyped memory, behind which libsel4 takes all as free.</summary>
    public ulong MachineSlots;

    /// <summary>U-notification senders that can be registered at a time, at most 65,535, if they are kept in a <see cref="SenderPool"/>.</summary>
    public ushort Senders;

    /// <summary>Where a thread's senders lie in its TCB; 0 if they are kept in a pool.</summary>
    public ushort SendersOffset;
}
