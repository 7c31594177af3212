namespace Rel4.Metal.Kernel;

/// <summary>Leads the interrupts that come in at an I/O APIC's pins to vectors (82093AA data sheet, 3.2). Only the first of a machine is used.</summary>
internal static unsafe class IOApic
{
    /// <summary>Physical address of the registers after reset.</summary>
    public const ulong PhysicalAddress = 0xFEC0_0000;

    private const uint Data = 0x10;
    private const uint VersionIndex = 1;
    private const uint FirstEntryIndex = 0x10;
    private const uint Absent = uint.MaxValue;

    private const uint LowActive = 1 << 13;
    private const uint LevelTriggered = 1 << 15;
    private const uint Masked = 1 << 16;

    /// <summary>Gets the number of its pins; 0 if there is none.</summary>
    public static uint PinCount { get; private set; }

    /// <summary>Looks for it, and masks all pins.</summary>
    public static void Start()
    {
        uint version = Read(VersionIndex);
        PinCount = version == Absent ? 0 : ((version >> 16) & 0xFF) + 1;
        for (uint pin = 0; pin < PinCount; pin++)
            Write(EntryOf(pin), Masked);
    }

    /// <summary>Leads a pin's interrupts to a vector of this processor, whose local APIC is number 0.</summary>
    public static void Route(uint pin, uint vector, bool isLevel, bool isLow)
    {
        Write(EntryOf(pin) + 1, 0);
        Write(EntryOf(pin), vector | (isLevel ? LevelTriggered : 0) | (isLow ? LowActive : 0));
    }

    /// <summary>Keeps a pin from interrupting. An edge that comes now is lost.</summary>
    public static void Mask(uint pin) => Write(EntryOf(pin), Read(EntryOf(pin)) | Masked);

    /// <summary>Lets a pin interrupt.</summary>
    public static void Unmask(uint pin) => Write(EntryOf(pin), Read(EntryOf(pin)) & ~Masked);

    private static uint EntryOf(uint pin) => FirstEntryIndex + (2 * pin);

    private static uint Read(uint index)
    {
        System.Threading.Volatile.Write(ref *(uint*)KernelMapping.IOApic, index);
        return System.Threading.Volatile.Read(ref *(uint*)(KernelMapping.IOApic + Data));
    }

    private static void Write(uint index, uint value)
    {
        System.Threading.Volatile.Write(ref *(uint*)KernelMapping.IOApic, index);
        System.Threading.Volatile.Write(ref *(uint*)(KernelMapping.IOApic + Data), value);
    }
}
