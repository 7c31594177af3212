using System.Runtime.InteropServices;

namespace Rel4.Runtime.Channels;

/// <summary>Is the memory that the core takes by itself: here the C library's. On Metal a task has its own.</summary>
internal static unsafe class MachineMemory
{
    /// <summary>Gets whether what is freed stays here for its size.</summary>
    public static bool KeepsPieces => false;

    /// <summary>Takes a piece of memory.</summary>
    /// <exception cref="OutOfMemoryException">There is none.</exception>
    public static byte* Take(int capacity) => (byte*)NativeMemory.Alloc((nuint)capacity);

    /// <summary>Changes the size of a piece of memory and keeps its content.</summary>
    /// <param name="bytes">The piece; null for none yet.</param>
    /// <param name="capacity">Its size.</param>
    /// <param name="wanted">Its new size.</param>
    /// <returns>Null if there is no memory; nothing has changed.</returns>
    public static byte* Resize(byte* bytes, int capacity, int wanted)
    {
        try
        {
            return (byte*)NativeMemory.Realloc(bytes, (nuint)wanted);
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
    }

    /// <summary>Frees a piece of memory; null is none.</summary>
    public static void Free(byte* bytes, int capacity) => NativeMemory.Free(bytes);
}
