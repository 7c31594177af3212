using System.Runtime.CompilerServices;

namespace Rel4.Kernel;

/// <summary>Keeps a pointer to something aligned in a word whose lowest two bits hold something else.</summary>
/// <remarks>Cheaper than <see cref="Packed"/>: one instruction takes the pointer out.</remarks>
internal static unsafe class Tagged
{
    private const ulong TagMask = 3;

    /// <summary>Puts a pointer and a tag into a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Word(void* pointer, ulong tag) => (ulong)pointer | tag;

    /// <summary>Gets the pointer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* Pointer(ulong word) => (void*)(word & ~TagMask);

    /// <summary>Gets the lowest two bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Tag(ulong word) => word & TagMask;
}
