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
