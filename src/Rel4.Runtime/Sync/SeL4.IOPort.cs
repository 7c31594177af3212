using Rel4.Abi;

namespace Rel4.Runtime;

/// <content>Holds the methods of I/O ports.</content>
/// <remarks>
/// Metal only. Source: <c>libsel4/arch_include/x86/interfaces/object-api-arch.xml</c>, manual section "x86-Specific I/O".
/// </remarks>
public static unsafe partial class SeL4
{
    /// <summary>Makes a capability to a range of I/O ports.</summary>
    /// <param name="service">The right to take ports.</param>
    /// <param name="firstPort">First port.</param>
    /// <param name="lastPort">Last port.</param>
    /// <param name="root">CNode at the root of the destination.</param>
    /// <param name="index">Address of the destination slot, which is empty.</param>
    /// <param name="depth">Bits of that address.</param>
    /// <returns>
    /// <see cref="SeL4Error.RevokeFirst"/>: a port is taken. <see cref="SeL4Error.InvalidArgument"/>: the range is empty or beyond 65535.
    /// <see cref="SeL4Error.DeleteFirst"/>: the destination is occupied. <see cref="SeL4Error.FailedLookup"/>,
    /// <see cref="SeL4Error.RangeError"/>: the slot was not found.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_IOPortControl_Issue</c>.</remarks>
    public static SeL4Error X86_IOPortControl_Issue(ulong service, ulong firstPort, ulong lastPort, ulong root, ulong index, byte depth)
    {
        SetCap(0, root);
        return Invoke(service, InvocationLabel.X86IOPortControlIssue, 4, 1, firstPort, lastPort, index, depth);
    }

    /// <summary>Reads 8 bits from a port.</summary>
    /// <param name="service">The ports.</param>
    /// <param name="port">The first byte's port.</param>
    /// <param name="result">What was read.</param>
    /// <returns><see cref="SeL4Error.IllegalOperation"/>: a port is not of the capability's.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_IOPort_In8</c>.</remarks>
    public static SeL4Error X86_IOPort_In8(ulong service, ushort port, out byte result)
    {
        SeL4Error error = Invoke(service, InvocationLabel.X86IOPortIn8, 1, 0, port, 0, 0, 0, out ulong word);
        result = (byte)word;
        return error;
    }

    /// <summary>Writes 8 bits to a port.</summary>
    /// <param name="service">The ports.</param>
    /// <param name="port">The first byte's port.</param>
    /// <param name="data">What to write.</param>
    /// <returns><see cref="SeL4Error.IllegalOperation"/>: a port is not of the capability's.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_IOPort_Out8</c>.</remarks>
    public static SeL4Error X86_IOPort_Out8(ulong service, ushort port, byte data) =>
        Invoke(service, InvocationLabel.X86IOPortOut8, 2, 0, port, data);

    /// <summary>Reads 16 bits from a port.</summary>
    /// <param name="service">The ports.</param>
    /// <param name="port">The first byte's port.</param>
    /// <param name="result">What was read.</param>
    /// <returns><see cref="SeL4Error.IllegalOperation"/>: a port is not of the capability's.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_IOPort_In16</c>.</remarks>
    public static SeL4Error X86_IOPort_In16(ulong service, ushort port, out ushort result)
    {
        SeL4Error error = Invoke(service, InvocationLabel.X86IOPortIn16, 1, 0, port, 0, 0, 0, out ulong word);
        result = (ushort)word;
        return error;
    }

    /// <summary>Writes 16 bits to a port.</summary>
    /// <param name="service">The ports.</param>
    /// <param name="port">The first byte's port.</param>
    /// <param name="data">What to write.</param>
    /// <returns><see cref="SeL4Error.IllegalOperation"/>: a port is not of the capability's.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_IOPort_Out16</c>.</remarks>
    public static SeL4Error X86_IOPort_Out16(ulong service, ushort port, ushort data) =>
        Invoke(service, InvocationLabel.X86IOPortOut16, 2, 0, port, data);

    /// <summary>Reads 32 bits from a port.</summary>
    /// <param name="service">The ports.</param>
    /// <param name="port">The first byte's port.</param>
    /// <param name="result">What was read.</param>
    /// <returns><see cref="SeL4Error.IllegalOperation"/>: a port is not of the capability's.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_IOPort_In32</c>.</remarks>
    public static SeL4Error X86_IOPort_In32(ulong service, ushort port, out uint result)
    {
        SeL4Error error = Invoke(service, InvocationLabel.X86IOPortIn32, 1, 0, port, 0, 0, 0, out ulong word);
        result = (uint)word;
        return error;
    }

    /// <summary>Writes 32 bits to a port.</summary>
    /// <param name="service">The ports.</param>
    /// <param name="port">The first byte's port.</param>
    /// <param name="data">What to write.</param>
    /// <returns><see cref="SeL4Error.IllegalOperation"/>: a port is not of the capability's.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_X86_IOPort_Out32</c>.</remarks>
    public static SeL4Error X86_IOPort_Out32(ulong service, ushort port, uint data) =>
        Invoke(service, InvocationLabel.X86IOPortOut32, 2, 0, port, data);
}
