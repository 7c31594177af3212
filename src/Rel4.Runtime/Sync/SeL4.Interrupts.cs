using Rel4.Abi;

namespace Rel4.Runtime;

/// <content>Holds the methods of interrupts.</content>
/// <remarks>
/// Metal only. Source: <c>libsel4/include/interfaces/object-api.xml</c>, manual section "Interrupts".
/// </remarks>
public static unsafe partial class SeL4
{
    /// <summary>Makes a capability to one interrupt.</summary>
    /// <param name="service">The right to take interrupts.</param>
    /// <param name="irq">Number of the interrupt.</param>
    /// <param name="root">CNode at the root of the destination.</param>
    /// <param name="index">Address of the destination slot, which is empty.</param>
    /// <param name="depth">Bits of that address.</param>
    /// <returns>
    /// <see cref="SeL4Error.RevokeFirst"/>: it is taken. <see cref="SeL4Error.RangeError"/>: there is none of that number, or the depth is
    /// not 1 to 64. <see cref="SeL4Error.DeleteFirst"/>: the destination is occupied. <see cref="SeL4Error.FailedLookup"/>: the slot was
    /// not found.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_IRQControl_Get</c>.</remarks>
    public static SeL4Error IRQControl_Get(ulong service, ulong irq, ulong root, ulong index, byte depth)
    {
        SetCap(0, root);
        return Invoke(service, InvocationLabel.IrqIssueIrqHandler, 3, 1, irq, index, depth);
    }

    /// <summary>Makes a capability to an interrupt that comes in at a pin of an I/O APIC.</summary>
    /// <param name="service">The right to take interrupts.</param>
    /// <param name="root">CNode at the root of the destination.</param>
    /// <param name="index">Address of the destination slot, which is empty.</param>
    /// <param name="depth">Bits of that address.</param>
    /// <param name="ioapic">Number of the I/O APIC; 0, since there is one.</param>
    /// <param name="pin">The pin.</param>
    /// <param name="level">1 if a level means an interrupt, which then does not come again until it is acknowledged; 0 if an edge does.</param>
    /// <param name="polarity">1 if the low level or falling edge does, 0 if the high or rising one.</param>
    /// <param name="vector">0 to 107, of the caller's choice.</param>
    /// <returns>
    /// <see cref="SeL4Error.RevokeFirst"/>: the vector or the pin is taken. <see cref="SeL4Error.RangeError"/>: there is no such I/O APIC, pin or vector,
    /// <paramref name="level"/> or <paramref name="polarity"/> is neither 0 nor 1, or the depth is not 1 to 64. <see cref="SeL4Error.IllegalOperation"/>: the
    /// machine has no I/O APIC. <see cref="SeL4Error.DeleteFirst"/>: the destination is occupied. <see cref="SeL4Error.FailedLookup"/>: the slot was not found.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_IRQControl_GetIOAPIC</c>.</remarks>
    public static SeL4Error IRQControl_GetIOAPIC(
        ulong service, ulong root, ulong index, byte depth, ulong ioapic, ulong pin, ulong level, ulong polarity, ulong vector)
    {
        SetCap(0, root);
        SetMR(4, level);
        SetMR(5, polarity);
        SetMR(6, vector);
        return Invoke(service, InvocationLabel.X86IrqIssueIrqHandlerIOApic, 7, 1, index, depth, ioapic, pin);
    }

    /// <summary>Makes a capability to an interrupt that a PCI device sends as a message.</summary>
    /// <param name="service">The right to take interrupts.</param>
    /// <param name="root">CNode at the root of the destination.</param>
    /// <param name="index">Address of the destination slot, which is empty.</param>
    /// <param name="depth">Bits of that address.</param>
    /// <param name="pciBus">The device's bus, up to 255.</param>
    /// <param name="pciDev">The device, up to 31.</param>
    /// <param name="pciFunc">Its function, up to 7.</param>
    /// <param name="handle">Not used: it is for machines with an IOMMU.</param>
    /// <param name="vector">0 to 107, of the caller's choice. The device sends 48 more to address 0xFEE00000.</param>
    /// <returns>
    /// <see cref="SeL4Error.RevokeFirst"/>: the vector is taken. <see cref="SeL4Error.RangeError"/>: there is no such vector or device, or the depth is not 1
    /// to 64. <see cref="SeL4Error.DeleteFirst"/>: the destination is occupied. <see cref="SeL4Error.FailedLookup"/>: the slot was not found.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_IRQControl_GetMSI</c>.</remarks>
    public static SeL4Error IRQControl_GetMSI(
        ulong service, ulong root, ulong index, byte depth, ulong pciBus, ulong pciDev, ulong pciFunc, ulong handle, ulong vector)
    {
        SetCap(0, root);
        SetMR(4, pciFunc);
        SetMR(5, handle);
        SetMR(6, vector);
        return Invoke(service, InvocationLabel.X86IrqIssueIrqHandlerMsi, 7, 1, index, depth, pciBus, pciDev);
    }

    /// <summary>Says that an interrupt was handled, so that it can come again.</summary>
    /// <param name="service">The interrupt.</param>
    /// <returns>Nothing of its own.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_IRQHandler_Ack</c>.</remarks>
    public static SeL4Error IRQHandler_Ack(ulong service) => Invoke(service, InvocationLabel.IrqAckIrq, 0);

    /// <summary>Chooses the notification that is signalled when the interrupt comes.</summary>
    /// <param name="service">The interrupt.</param>
    /// <param name="notification">The notification, with the Write right; its badge is what is signalled.</param>
    /// <returns><see cref="SeL4Error.InvalidCapability"/> 1: it is no such notification.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_IRQHandler_SetNotification</c>.</remarks>
    public static SeL4Error IRQHandler_SetNotification(ulong service, ulong notification)
    {
        SetCap(0, notification);
        return Invoke(service, InvocationLabel.IrqSetIrqHandler, 0, 1);
    }

    /// <summary>Chooses that nothing is signalled when the interrupt comes.</summary>
    /// <param name="service">The interrupt.</param>
    /// <returns>Nothing of its own.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_IRQHandler_Clear</c>.</remarks>
    public static SeL4Error IRQHandler_Clear(ulong service) => Invoke(service, InvocationLabel.IrqClearIrqHandler, 0);
}
