using System.Runtime.InteropServices;

namespace Rel4.Metal.Kernel;

/// <summary>Lays out the head of what the boot loader tells (Multiboot Specification 0.6.96, section 3.3). Addresses are physical.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MultibootInfo
{
    private const uint HasMemory = 1 << 0;
    private const uint HasModules = 1 << 3;
    private const ulong HighMemoryStart = 1 << 20;

    private readonly uint _flags;
    private readonly uint _lowMemoryKiB;
    private readonly uint _highMemoryKiB;
    private readonly uint _bootDevice;
    private readonly uint _commandLine;
    private readonly uint _moduleCount;
    private readonly uint _modules;

    /// <summary>Gets where the memory above 1 MiB ends, or its first hole begins.</summary>
    public readonly ulong MemoryEnd => (_flags & HasMemory) == 0 ? 0 : HighMemoryStart + ((ulong)_highMemoryKiB << 10);

    /// <summary>Gets the number of modules.</summary>
    public readonly int ModuleCount => (_flags & HasModules) == 0 ? 0 : (int)_moduleCount;

    /// <summary>Gets a module.</summary>
    public readonly MultibootModule* Module(int index) => (MultibootModule*)Physical.ToPointer(_modules) + index;

    /// <summary>Gets the address behind all that the loader left and that is still needed.</summary>
    public readonly ulong End
    {
        get
        {
            ulong end = _modules + (ulong)(ModuleCount * sizeof(MultibootModule));
            for (int i = 0; i < ModuleCount; i++)
            {
                MultibootModule* module = Module(i);
                end = Math.Max(end, module->End);
                end = Math.Max(end, module->NameAddress + (ulong)module->Name.Length + 1);
            }

            return end;
        }
    }
}

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

    /// <summary>Gets where its name is.</summary>
    public readonly ulong NameAddress => _name;

    /// <summary>Gets its bytes.</summary>
    public readonly ReadOnlySpan<byte> Content => new(Physical.ToPointer(_start), (int)(_end - _start));

    /// <summary>Gets what stands behind its file name in the boot loader's configuration, or that name.</summary>
    public readonly ReadOnlySpan<byte> Name
    {
        get
        {
            byte* text = Physical.ToPointer(_name);
            int length = 0;
            while (text[length] != 0)
                length++;
            return new ReadOnlySpan<byte>(text, length);
        }
    }
}
