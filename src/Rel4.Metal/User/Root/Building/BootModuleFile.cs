using Rel4.Abi;

namespace Rel4.Metal.User;

/// <summary>Is a file that the boot loader brought along, mapped read-only.</summary>
internal readonly unsafe struct BootModuleFile
{
    private BootModuleFile(byte* start, ulong size)
    {
        Start = start;
        Size = size;
    }

    /// <summary>Gets its first byte.</summary>
    public byte* Start { get; }

    /// <summary>Gets its bytes.</summary>
    public ulong Size { get; }

    /// <summary>Finds and maps the module of a name, and ends the machine if there is none.</summary>
    /// <param name="information">What the kernel tells.</param>
    /// <param name="name">Last word of the module's command line.</param>
    /// <param name="address">Where to map it.</param>
    public static BootModuleFile Map(BootInfo* information, ReadOnlySpan<byte> name, ulong address)
    {
        BootModule* module = Find(information, name);
        if (module == null)
            Terminal.Panic("there is no such module: "u8, name);

        ulong page = address;
        for (ulong slot = module->Frames.Start; slot < module->Frames.End; slot++, page += 1UL << Limits.PageBits)
            AddressSpace.Own.Map(slot, page, CapRights.Read, X86VMAttributes.ExecuteNever);
        return new((byte*)address, module->Size);
    }

    private static BootModule* Find(BootInfo* information, ReadOnlySpan<byte> name)
    {
        for (BootInfoHeader* chunk = ExtraInformation.First(information); chunk != null; chunk = ExtraInformation.Next(information, chunk))
        {
            if (chunk->Id == BootInfoHeader.ModuleId && ExtraInformation.HasWord((byte*)((BootModule*)chunk + 1), name))
                return (BootModule*)chunk;
        }

        return null;
    }
}
