using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Names a run of slots of the root CNode: from <see cref="Start"/> up to, not including, <see cref="End"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SlotRegion
{
    /// <summary>First slot.</summary>
    public ulong Start;

    /// <summary>Slot behind the last.</summary>
    public ulong End;
}
