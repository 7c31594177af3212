using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Testing;

/// <summary>What frames are mapped to: memory of its own for each that is made, so that whoever keeps a mapping of one that is gone sees no other's.</summary>
internal sealed unsafe class TestMemory : IDisposable
{
    private readonly Dictionary<nint, Block> _byFrame = [];
    private readonly Dictionary<nint, Block> _byAddress = [];

    /// <summary>Maps a frame.</summary>
    /// <param name="frame">Where the kernel has it.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="isNew">Whether it is mapped for writing, which whoever made it does first.</param>
    public byte* Map(nint frame, nuint length, bool isNew)
    {
        if (isNew || !_byFrame.TryGetValue(frame, out Block? block))
        {
            var allocation = (byte*)NativeMemory.AllocZeroed(length + (1 << Limits.PageBits));
            byte* address = (byte*)(((nuint)allocation + (1 << Limits.PageBits) - 1) >> Limits.PageBits << Limits.PageBits);
            block = new Block(allocation, address);
            _byFrame[frame] = block;
            _byAddress[(nint)address] = block;
        }

        block.Users++;
        return block.Address;
    }

    /// <summary>Ends a mapping.</summary>
    public void Unmap(byte* address)
    {
        Block block = _byAddress[(nint)address];
        if (--block.Users != 0)
            return;
        _byAddress.Remove((nint)address);
        foreach (nint frame in _byFrame.Where(pair => pair.Value == block).Select(pair => pair.Key).ToArray())
            _byFrame.Remove(frame);
        NativeMemory.Free(block.Allocation);
    }

    /// <summary>Frees all.</summary>
    public void Dispose()
    {
        foreach (Block block in _byAddress.Values)
            NativeMemory.Free(block.Allocation);
        _byAddress.Clear();
        _byFrame.Clear();
    }

    private sealed class Block(byte* allocation, byte* address)
    {
        public byte* Allocation => allocation;

        public byte* Address => address;

        public int Users { get; set; }
    }
}
