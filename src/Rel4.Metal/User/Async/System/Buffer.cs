using System.Runtime.CompilerServices;

namespace System;

/// <summary>Holds what ilc calls, by name, to copy structs with references, and what the core copies messages with.</summary>
internal static unsafe class Buffer
{
    /// <summary>Copies bytes between two pieces that don't overlap.</summary>
    public static void MemoryCopy(void* source, void* destination, long destinationBytes, long bytes)
    {
        if ((ulong)bytes > (ulong)destinationBytes)
            Environment.FailFast();
        SpanHelpers.Copy((byte*)destination, (byte*)source, (nuint)bytes);
    }

    private static void BulkMoveWithWriteBarrier(ref byte destination, ref byte source, nuint count) =>
        SpanHelpers.Copy((byte*)Unsafe.AsPointer(in destination), (byte*)Unsafe.AsPointer(in source), count);
}
