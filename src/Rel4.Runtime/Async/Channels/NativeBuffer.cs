namespace Rel4.Runtime.Channels;

/// <summary>Owns a piece of memory outside the garbage collector's heap. Whoever holds the last copy frees it.</summary>
/// <param name="bytes">What an earlier one had.</param>
/// <param name="capacity">Its size.</param>
internal unsafe struct NativeBuffer(byte* bytes, int capacity)
{
    /// <summary>Gets the first byte, or null.</summary>
    public byte* Bytes { get; private set; } = bytes;

    /// <summary>Gets the size in bytes.</summary>
    public int Capacity { get; private set; } = capacity;

    /// <summary>Takes so many bytes, or one if that is none, whatever is in them; without memory this fails as the machine does.</summary>
    public static NativeBuffer Allocate(int capacity)
    {
        int taken = Math.Max(capacity, 1);
        return new NativeBuffer(MachineMemory.Take(taken), taken);
    }

    /// <summary>Takes so many bytes, or one if that is none, whatever is in them.</summary>
    /// <returns>False if there is no memory.</returns>
    public static bool TryAllocate(int capacity, out NativeBuffer buffer)
    {
        buffer = default;
        return buffer.TryResize(Math.Max(capacity, 1));
    }

    /// <summary>Changes the size and keeps the content.</summary>
    /// <returns>False if there is no memory; nothing has changed.</returns>
    public bool TryResize(int capacity)
    {
        byte* bytes = MachineMemory.Resize(Bytes, Capacity, capacity);
        if (bytes == null)
            return false;
        Bytes = bytes;
        Capacity = capacity;
        return true;
    }

    /// <summary>Frees the memory.</summary>
    public readonly void Free() => MachineMemory.Free(Bytes, Capacity);
}
