using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Makes frames and the roots of address spaces for a machine on which they are memory and nothing else.</summary>
internal static unsafe class PlainObjects
{
    /// <summary>As <see cref="IMachineObjects.TryGetSize"/>.</summary>
    public static bool TryGetSize(ObjectType type, out int sizeBits, out bool fitsDevice)
    {
        sizeBits = type switch
        {
            ObjectType.Pml4 => Limits.VSpaceBits,
            ObjectType.Page4K => Limits.PageBits,
            ObjectType.LargePage => Limits.LargePageBits,
            ObjectType.HugePage => Limits.HugePageBits,
            _ => 0,
        };
        fitsDevice = type != ObjectType.Pml4;
        return sizeBits != 0;
    }

    /// <summary>As <see cref="IMachineObjects.Make"/>.</summary>
    public static Capability Make(ObjectType type, byte* memory, int sizeBits, bool isDevice) =>
        type == ObjectType.Pml4 ? Capability.ToVSpace(memory) : Capability.ToFrame(memory, sizeBits, isDevice);
}
