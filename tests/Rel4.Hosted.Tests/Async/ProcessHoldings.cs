using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Counts what the calling task holds for its channels.</summary>
/// <param name="Descriptors">Open descriptors, but those of files.</param>
/// <param name="Mappings">Mappings of the kernel's memory.</param>
/// <param name="Slots">Slots of the runtime that are taken.</param>
/// <param name="FreeBlocks">Frames that were given back.</param>
/// <param name="Memory">Bytes of memory that the process uses.</param>
internal readonly record struct ProcessHoldings(long Descriptors, long Mappings, long Slots, long FreeBlocks, long Memory)
{
    /// <summary>Counts now.</summary>
    public static ProcessHoldings Measure()
    {
        RuntimeObjects objects = AsyncMachine.Current.Threads.Objects;
        // Blocks that are free are slots that are taken.
        int free = FreeBlocksOf(objects).Count;
        return new ProcessHoldings(
            new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Count(descriptor => IsOfChannels(descriptor.LinkTarget)),
            File.ReadLines("/proc/self/maps").Count(line => line.Contains("/memfd:rel4", StringComparison.Ordinal)),
            (long)(NextSlotOf(objects) - objects.Holdings.FirstSlot) - FreeSlotsOf(objects).Count - free,
            free,
            Environment.WorkingSet);
    }

    /// <summary>Tells whether a descriptor may be one of a channel's: no file of a file system, as .NET keeps each assembly open that code comes to, whenever that is.</summary>
    private static bool IsOfChannels(string? target) => target is not null && (target[0] != '/' || target.StartsWith("/memfd:", StringComparison.Ordinal));

    public static ProcessHoldings Of(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<ProcessHoldings>(bytes);

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Unsafe.SizeOf<ProcessHoldings>()];
        MemoryMarshal.Write(bytes, this);
        return bytes;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_freeBlocks")]
    private static extern ref Stack<ulong> FreeBlocksOf(RuntimeObjects objects);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_freeSlots")]
    private static extern ref Stack<ulong> FreeSlotsOf(RuntimeObjects objects);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_nextSlot")]
    private static extern ref ulong NextSlotOf(RuntimeObjects objects);
}
