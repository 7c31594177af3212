namespace Rel4.Metal.Proof;

/// <summary>Is the memory that the proof's kernel is given: from 16 MiB on, far above the image and what the loader left.</summary>
internal static unsafe class ObjectMemory
{
    /// <summary>Bytes.</summary>
    public const ulong Size = 1UL << 22;

    /// <summary>Address behind the last byte.</summary>
    public const ulong End = StartAddress + Size;

    private const ulong StartAddress = 1UL << 24;

    /// <summary>Gets the first byte.</summary>
    public static byte* Start => (byte*)StartAddress;

    /// <summary>Fills it with zeros, as the core wants it.</summary>
    public static void Clear() => new Span<ulong>(Start, (int)(Size / sizeof(ulong))).Clear();
}
