using System.Runtime.CompilerServices;

namespace Rel4.Kernel;

/// <summary>Keeps a pointer in the low 48 bits of a word whose high 16 bits hold something else.</summary>
/// <remarks>Canonical x86-64 addresses are the sign extension of their low 48 bits, in either half of the address space.</remarks>
internal static unsafe class Packed
{
    /// <summary>Bits that hold the pointer.</summary>
    public const int PointerBits = 48;

    private const ulong PointerMask = (1UL << PointerBits) - 1;

    /// <summary>Gets the pointer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* Pointer(ulong word) => (void*)((long)(word << (64 - PointerBits)) >> (64 - PointerBits));

    /// <summary>Replaces the pointer and keeps the high bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong WithPointer(ulong word, void* pointer) => (word & ~PointerMask) | ((ulong)pointer & PointerMask);
}
