using Rel4.Abi;

namespace Rel4.Metal.Kernel;

/// <summary>Switches on what the processor has for protection, and the SYSCALL instruction.</summary>
internal static unsafe class Features
{
    private const uint Efer = 0xC000_0080;
    private const uint Star = 0xC000_0081;
    private const uint LongStar = 0xC000_0082;
    private const uint CompatibleStar = 0xC000_0083;
    private const uint FlagMask = 0xC000_0084;
    private const uint PageAttributes = 0x277;
    private const uint SupervisorState = 0xDA0;

    private const ulong EferSyscall = 1 << 0;
    private const ulong EferNoExecute = 1 << 11;
    private const ulong Cr4GlobalPages = 1 << 7;
    private const ulong Cr4UserCounters = 1 << 8;
    private const ulong Cr4Umip = 1 << 11;
    private const ulong Cr4BaseInstructions = 1 << 16;
    private const ulong Cr4ProcessContexts = 1 << 17;
    private const ulong Cr4ExtendedState = 1 << 18;
    private const ulong Cr4UserInterrupts = 1 << 25;
    private const ulong Cr4Smep = 1 << 20;
    private const ulong Cr4Smap = 1 << 21;

    // What XSAVES and XRSTORS know: of user code's, the x87 and SSE registers, which can't be left out together; of the kernel's, user interrupts.
    private const ulong UserState = 3;
    private const ulong InterruptState = 1 << 14;

    // The window and the addresses in capabilities have room for these.
    private const int MostPhysicalBits = 46;

    // Single-step, interrupts, direction, nested task, alignment check: off at entry.
    private const ulong EntryFlags = (1 << 8) | (1 << 9) | (1 << 10) | (1 << 14) | (1 << 18);

    // The processor's reset value, but entry 4, which only write-combining mappings choose, is that.
    private const ulong Attributes = 0x0007_0401_0007_0406;

    /// <summary>Gets whether process-context identifiers are on.</summary>
    public static bool HasProcessContexts => (Instructions.ReadCr4() & Cr4ProcessContexts) != 0;

    /// <summary>Gets whether there are pages of 1 GiB.</summary>
    public static bool HasHugePages { get; private set; }

    /// <summary>Gets whether the processor has user interrupts; else the kernel does what it would.</summary>
    public static bool HasUserInterrupts { get; private set; }

    /// <summary>Gets the bits of a physical address, of which the kernel uses 46 at most.</summary>
    public static int PhysicalBits
    {
        get
        {
            uint* leaf = stackalloc uint[4];
            Instructions.Cpuid(0x8000_0008, 0, leaf);
            return Math.Min((int)(leaf[0] & 0xFF), MostPhysicalBits);
        }
    }

    /// <summary>Switches all on; the tables in use may have the no-execute bit from now on.</summary>
    /// <returns>False if the processor is one that the kernel can't do without a feature of: no-execute pages, global pages, page attributes, FXSAVE, model-specific registers, a local APIC.</returns>
    public static bool TryEnable()
    {
        uint* leaf = stackalloc uint[4];
        Instructions.Cpuid(0x8000_0001, 0, leaf);
        bool noExecute = ((leaf[3] >> 20) & 1) != 0;
        HasHugePages = ((leaf[3] >> 26) & 1) != 0;
        Instructions.Cpuid(1, 0, leaf);
        const uint Needed = (1 << 5) | (1 << 9) | (1 << 13) | (1 << 16) | (1 << 24); // MSRs, APIC, global pages, PAT, FXSAVE
        if (!noExecute || (leaf[3] & Needed) != Needed)
            return false;
        bool processContexts = ((leaf[2] >> 17) & 1) != 0;
        Instructions.Cpuid(0, 0, leaf);
        uint structured = 0, structuredC = 0, structuredD = 0;
        if (leaf[0] >= 7)
        {
            Instructions.Cpuid(7, 0, leaf);
            structured = leaf[1];
            structuredC = leaf[2];
            structuredD = leaf[3];
        }

        Instructions.Cpuid(0xD, 1, leaf);
        HasUserInterrupts = ((structuredD >> 5) & 1) != 0 && ((leaf[0] >> 3) & 1) != 0 && (leaf[2] & InterruptState) != 0;
        ProcessorState.Own->UsersSetBases = (structured & 1) != 0;
        ProcessorState.Own->ReplacesPointers = !RestoresPointers(leaf);
        ulong cr4 = Instructions.ReadCr4() | Cr4GlobalPages;
        if (ProcessorState.Own->UsersSetBases)
            cr4 |= Cr4BaseInstructions;
        if ((DebugCalls.Features & KernelFeatures.UserCounters) != 0)
            cr4 |= Cr4UserCounters;
        if (processContexts)
            cr4 |= Cr4ProcessContexts;
        if (((structured >> 7) & 1) != 0)
            cr4 |= Cr4Smep;
        if (((structured >> 20) & 1) != 0)
            cr4 |= Cr4Smap;
        if (((structuredC >> 2) & 1) != 0)
            cr4 |= Cr4Umip;
        if (HasUserInterrupts)
            cr4 |= Cr4ExtendedState | Cr4UserInterrupts;
        Instructions.WriteCr4(cr4);
        if (HasUserInterrupts)
        {
            Instructions.WriteXcr0(UserState);
            Instructions.WriteMsr(SupervisorState, InterruptState);
        }

        Instructions.WriteMsr(PageAttributes, Attributes);
        Instructions.WriteMsr(Efer, Instructions.ReadMsr(Efer) | EferSyscall | EferNoExecute);
        Instructions.WriteMsr(Star, ((ulong)Descriptors.KernelCode << 32) | ((ulong)(Descriptors.UserData - 8) << 48));
        Instructions.WriteMsr(FlagMask, EntryFlags);
        return true;
    }

    /// <summary>Sets where the SYSCALL instruction leads.</summary>
    public static void SetEntry(ulong address)
    {
        Instructions.WriteMsr(LongStar, address);
        Instructions.WriteMsr(CompatibleStar, address);
    }

    // Whether FXRSTOR does so with those of the last x87 instruction. Intel's always do; another one says so (AMD64 manual vol. 3, Fn8000_0008_EBX, RstrFpErrPtrs).
    private static bool RestoresPointers(uint* leaf)
    {
        const uint Genu = 0x756E_6547;
        Instructions.Cpuid(0, 0, leaf);
        if (leaf[1] == Genu)
            return true;
        Instructions.Cpuid(0x8000_0000, 0, leaf);
        if (leaf[0] < 0x8000_0008)
            return false;
        Instructions.Cpuid(0x8000_0008, 0, leaf);
        return ((leaf[1] >> 2) & 1) != 0;
    }
}
