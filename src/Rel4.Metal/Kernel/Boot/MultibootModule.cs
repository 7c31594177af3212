using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Metal.Kernel;

/// <summary>Describes a file that the loader put into memory, on a page of its own.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MultibootModule
{
    private readonly uint _start;
    private readonly uint _end;
    private readonly uint _name;
    private readonly uint _reserved;

    /// <summary>Gets where it starts.</summary>
    public readonly ulong Start => _start;

    /// <summary>Gets where it ends.</summary>
    public readonly ulong End => _end;

    /// <summary>Gets how many pages it takes.</summary>
    public readonly ulong PageCount => (End - Start + (1UL << Limits.PageBits) - 1) >> Limits.PageBits;

    /// <summary>Gets where its name is.</summary>
    public readonly ulong NameAddress => _name;

    /// <summary>Gets its bytes.</summary>
    public readonly ReadOnlySpan<byte> Content => new(Physical.ToPointer(_start), (int)(_end - _start));

    /// <summary>Gets what stands behind its file name in the boot loader's configuration, or that name.</summary>
    public readonly ReadOnlySpan<byte> Name => Text(_name);

    /// <summary>Gets the text at an address, which a zero byte ends.</summary>
    public static ReadOnlySpan<byte> Text(ulong address)
    {
        byte* text = Physical.ToPointer(address);
        int length = 0;
        while (text[length] != 0)
            length++;
        return new ReadOnlySpan<byte>(text, length);
    }
}
