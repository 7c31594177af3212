using System.Runtime;
using System.Runtime.CompilerServices;
using Rel4.Metal.User;

namespace Internal.Runtime;

/// <summary>Makes the objects that hold static fields of reference types, as .NET does before any code runs.</summary>
/// <remarks>Source: the ready-to-run header's layout in .NET's runtime (ModuleHeaders.h, MIT).</remarks>
internal static unsafe class Startup
{
    /// <summary>The section with the places of such objects.</summary>
    private const int StaticsSection = 201;

    private const int IsNotMade = 1, HasData = 2, Mask = 3;

    /// <summary>Must run before code that has such fields.</summary>
    public static void MakeStatics()
    {
        Header* header = ModuleHeader();
        var section = (Section*)(header + 1);
        for (int i = 0; i < header->SectionCount; i++, section++)
        {
            if (section->Id != StaticsSection)
                continue;
            for (int* place = section->Start; place < section->End; place++)
                Make((nint*)((byte*)place + *place));
        }
    }

    private static void Make(nint* place)
    {
        // Relative to itself, with flags; behind it, as the other, what the fields start with.
        int* relative = (int*)place;
        nint value = (nint)relative + *relative;
        if ((value & IsNotMade) == 0)
            return;
        var type = (MethodTable*)(value & ~(nint)Mask);
        var statics = (byte*)New(type);
        if ((value & HasData) != 0)
        {
            byte* data = (byte*)(relative + 1) + relative[1];
            for (uint i = 0; i < type->BaseSize - (2 * sizeof(nint)); i++)
                statics[sizeof(nint) + i] = data[i];
        }

        *place = (nint)statics;
    }

    [RuntimeImport("*", "task_module_header")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern Header* ModuleHeader();

    [RuntimeImport("*", "RhpNewFast")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void* New(MethodTable* type);

    private struct Header
    {
        public uint Signature;
        public ushort MajorVersion;
        public ushort MinorVersion;
        public uint Flags;
        public ushort SectionCount;
        public byte EntrySize;
        public byte EntryType;
    }

    private struct Section
    {
        public int Id;
        public int Flags;
        public int* Start;
        public int* End;
    }
}
