namespace Rel4.Metal.Kernel;

/// <summary>Lists the processors that the firmware has switched on, by the numbers of their local APICs (ACPI 6.5, 5.2.12, MADT). None if it does not tell.</summary>
internal unsafe ref struct FirmwareProcessors
{
    private const int Most = 64;
    private const uint HeaderLength = 36;
    private const uint MadtSignature = 0x4349_5041; // "APIC"
    private const uint MadtHeaderLength = 44;
    private const byte LocalApicType = 0;
    private const byte LocalApicLength = 8;
    private const uint Enabled = 1;

    // Tables are a few KiB; what is longer is none.
    private const uint LongestTable = 1 << 20;

    private NumberTable _numbers;

    private FirmwareProcessors(byte* madt)
    {
        uint length = *(uint*)(madt + 4);
        for (uint at = MadtHeaderLength; at + LocalApicLength <= length; at += madt[at + 1])
        {
            byte* entry = madt + at;
            if (entry[1] < 2)
                break;
            if (entry[0] == LocalApicType && entry[1] >= LocalApicLength && (*(uint*)(entry + 4) & Enabled) != 0 && Count < Most)
                _numbers.Bytes[Count++] = entry[3];
        }
    }

    /// <summary>Gets how many there are.</summary>
    public int Count { get; private set; }

    public readonly byte this[int index] => _numbers.Bytes[index];

    /// <summary>Reads the firmware's tables, in their places anywhere in memory.</summary>
    public static FirmwareProcessors Read(BootWindow window)
    {
        ReadOnlySpan<byte> description = Firmware.Description;
        if (description.IsEmpty)
            return default;
        ulong root = Firmware.RootTable(description, out uint entrySize);
        uint length = LengthOf(window, root);
        for (uint at = HeaderLength; at + entrySize <= length; at += entrySize)
        {
            byte* entry = window.Show(root + at);
            ulong table = entrySize == sizeof(ulong) ? *(ulong*)entry : *(uint*)entry;
            if (*(uint*)window.Show(table) == MadtSignature && LengthOf(window, table) >= MadtHeaderLength)
                return new FirmwareProcessors(window.Show(table));
        }

        return default;
    }

    /// <summary>Gets the length of a table; 0 if it is none.</summary>
    private static uint LengthOf(BootWindow window, ulong table)
    {
        byte* start = window.Show(table);
        uint length = *(uint*)(start + 4);
        return length is >= HeaderLength and <= LongestTable && Firmware.Sum(start, (int)length) == 0 ? length : 0;
    }

    private struct NumberTable
    {
        public fixed byte Bytes[Most];
    }
}
