using System.Runtime.InteropServices;

namespace Rel4.Metal.Kernel;

/// <summary>Lays out the head of what the boot loader tells (Multiboot Specification 0.6.96, section 3.3). Addresses are physical.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MultibootInfo
{
    private const uint HasCommandLine = 1 << 2;
    private const uint HasModules = 1 << 3;
    private const uint HasMemoryMap = 1 << 6;
    private const uint HasFrameBuffer = 1 << 12;
    private const int FrameBufferSize = 22;

    private readonly uint _flags;
    private readonly uint _lowMemoryKiB;
    private readonly uint _highMemoryKiB;
    private readonly uint _bootDevice;
    private readonly uint _commandLine;
    private readonly uint _moduleCount;
    private readonly uint _modules;
    private fixed uint _symbols[4];
    private readonly uint _memoryMapLength;
    private readonly uint _memoryMap;
    private fixed uint _others[9];
    private fixed byte _frameBuffer[FrameBufferSize];

    /// <summary>Gets the physical memory.</summary>
    public readonly MemoryMap Memory => (_flags & HasMemoryMap) == 0 ? default : new(Physical.ToPointer(_memoryMap), _memoryMapLength);

    /// <summary>Gets the kernel's own command line.</summary>
    public readonly ReadOnlySpan<byte> CommandLine => (_flags & HasCommandLine) == 0 ? default : MultibootModule.Text(_commandLine);

    /// <summary>Gets the frame buffer: address, pitch, width, height, bits of a pixel, type; empty if the loader set none up.</summary>
    public ReadOnlySpan<byte> FrameBuffer
    {
        get
        {
            fixed (byte* start = _frameBuffer)
                return new ReadOnlySpan<byte>(start, (_flags & HasFrameBuffer) == 0 ? 0 : FrameBufferSize);
        }
    }

    /// <summary>Gets the number of modules.</summary>
    public readonly int ModuleCount => (_flags & HasModules) == 0 ? 0 : (int)_moduleCount;

    /// <summary>Gets a module.</summary>
    public readonly MultibootModule* Module(int index) => (MultibootModule*)Physical.ToPointer(_modules) + index;

    /// <summary>Gets the address behind all that the loader left and that is still needed.</summary>
    public readonly ulong End
    {
        get
        {
            ulong end = Math.Max(_modules + (ulong)(ModuleCount * sizeof(MultibootModule)), (ulong)_memoryMap + _memoryMapLength);
            end = Math.Max(end, _commandLine + (ulong)CommandLine.Length + 1);
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
