using System.Buffers.Binary;
using System.Text;

namespace Rel4.Cli.Metal;

/// <summary>Lays out a disk that boots a kernel and its modules as QEMU's <c>-kernel</c> and <c>-initrd</c> would.</summary>
/// <remarks>
/// The first sector is <c>src/Rel4.Metal/Disk/boot.asm</c>. The second is its plan: at 0 the multiboot information (Multiboot Specification 0.6.96, section 3.3) but for the map of
/// memory, at 128 the kernel's entry, at 132 how many chunks of 32 KiB follow, at 136 the physical address that they go to.
/// Behind it is what lies there: the kernel, the modules, each on a page of its own, their table and the command lines.
/// </remarks>
internal static class BootDisk
{
    private const int SectorSize = 512;
    private const int ChunkSize = 64 * SectorSize;
    private const int PageSize = 4096;

    // What emulated disks are a multiple of: 16 heads of 63 sectors.
    private const int CylinderSize = 16 * 63 * SectorSize;

    private const int EntryOffset = 128;
    private const uint MapAddress = 0x9200;
    private const uint HasMemorySize = 1 << 0, HasCommandLine = 1 << 2, HasModules = 1 << 3, HasMemoryMap = 1 << 6;
    private const uint LowMemoryKiB = 639;

    // The firmware keeps its tables at the end of memory.
    private const long Reserved = 1 << 20;

    /// <summary>Writes it to a file.</summary>
    /// <exception cref="EmulatorException">The kernel has no multiboot header, or the machine's memory is too small.</exception>
    public static void Write(string path, MachineDescription machine)
    {
        byte[] kernel = File.ReadAllBytes(machine.Kernel);
        MultibootHeader header = MultibootHeader.Find(kernel) ?? throw new EmulatorException($"{machine.Kernel} is no kernel with a multiboot header that has addresses.");
        using var memory = new MemoryStream();
        memory.Write(kernel, header.FileStart, (int)(header.LoadEnd - header.Start));
        memory.SetLength(header.End - header.Start);
        memory.Position = memory.Length;

        var modules = new List<(uint Start, uint End, string Line)>();
        foreach (string module in machine.Modules)
        {
            Align(memory, PageSize);
            uint start = header.Start + (uint)memory.Length;
            memory.Write(File.ReadAllBytes(MachineDescription.FileOf(module)));
            modules.Add((start, header.Start + (uint)memory.Length, module));
        }

        Align(memory, PageSize);
        uint table = header.Start + (uint)memory.Length;
        uint text = table + (uint)(modules.Count * 16);
        using var texts = new MemoryStream();
        foreach ((uint start, uint end, string line) in modules)
            Write(memory, start, end, text + Append(texts, line), 0);
        uint commandLine = text + Append(texts, $"{machine.Kernel} {machine.KernelOptions}");
        memory.Write(texts.ToArray());
        Align(memory, ChunkSize);
        if (header.Start + memory.Length > ((long)machine.MemoryMiB << 20) - Reserved)
            throw new EmulatorException($"{machine.MemoryMiB} MiB of memory are too few for the kernel and its modules. Give more with --memory.");

        using FileStream disk = File.Create(path);
        disk.Write(File.ReadAllBytes(machine.BootSector));
        Write(
            disk, HasMemorySize | HasCommandLine | HasModules | HasMemoryMap, LowMemoryKiB, (uint)Math.Min(((long)machine.MemoryMiB - 1) << 10, uint.MaxValue), 0,
            commandLine, (uint)modules.Count, table, 0, 0, 0, 0, 0, MapAddress);
        disk.Position = SectorSize + EntryOffset;
        Write(disk, header.Entry, (uint)(memory.Length / ChunkSize), header.Start);
        disk.Position = 2 * SectorSize;
        memory.WriteTo(disk);
        Align(disk, CylinderSize);
    }

    private static void Write(Stream stream, params ReadOnlySpan<uint> words)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        foreach (uint word in words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
            stream.Write(bytes);
        }
    }

    /// <summary>Appends a text and the zero that ends it, and returns where it starts.</summary>
    private static uint Append(MemoryStream texts, string text)
    {
        uint start = (uint)texts.Length;
        texts.Write(Encoding.UTF8.GetBytes(text));
        texts.WriteByte(0);
        return start;
    }

    private static void Align(Stream stream, int size)
    {
        stream.SetLength((stream.Length + size - 1) / size * size);
        stream.Position = stream.Length;
    }
}
