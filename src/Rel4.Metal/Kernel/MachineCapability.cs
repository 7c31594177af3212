using System.Diagnostics;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Says what capabilities of the machine's types name, as <see cref="Capability"/> does for the core's.</summary>
internal static unsafe class MachineCapability
{
    /// <summary>Gets the root of an address space.</summary>
    public static ulong* Root(this in Capability space)
    {
        Debug.Assert(space.Type == CapType.VSpace);
        return (ulong*)space.Address;
    }

    /// <summary>Gets the number of an interrupt.</summary>
    public static uint Line(this in Capability handler)
    {
        Debug.Assert(handler.Type == CapType.IrqHandler);
        return (uint)handler.Address;
    }

    /// <summary>Gets a range of I/O ports.</summary>
    public static PortRange Ports(this in Capability ports)
    {
        Debug.Assert(ports.Type == CapType.IOPort);
        return new PortRange((ulong)ports.Address);
    }
}
