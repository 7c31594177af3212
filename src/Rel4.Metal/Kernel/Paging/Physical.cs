namespace Rel4.Metal.Kernel;

/// <summary>Converts between physical addresses and the window through which the kernel sees all memory.</summary>
/// <remarks>Addresses in capabilities are window addresses. Memory of devices has such an address, too, but is not mapped there.</remarks>
internal static unsafe class Physical
{
    /// <summary>Where the window starts: the lowest address of the upper half.</summary>
    public const ulong Window = 0xFFFF_8000_0000_0000;

    public static byte* ToPointer(ulong physical) => (byte*)(Window + physical);

    public static ulong Of(void* pointer) => (ulong)pointer - Window;
}
