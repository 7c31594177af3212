namespace Rel4.Metal.Kernel;

/// <summary>Finds where the firmware's description of the machine begins: the root system description pointer (ACPI 6.5, 5.2.5).</summary>
internal static unsafe class Firmware
{
    private const ulong ExtendedDataSegment = 0x40E;
    private const ulong ExtendedDataSize = 1 << 10;
    private const ulong RomStart = 0xE_0000;
    private const ulong RomEnd = 0x10_0000;
    private const ulong Signature = 0x2052_5450_2044_5352; // "RSD PTR "
    private const int Alignment = 16;
    private const int RevisionOffset = 15;
    private const int FirstLength = 20;
    private const int Length = 36;
    private const int RootOffset = 16;
    private const int ExtendedRootOffset = 24;

    /// <summary>Gets the pointer's structure; empty if there is none.</summary>
    public static ReadOnlySpan<byte> Description
    {
        get
        {
            ulong extended = (ulong)*(ushort*)Physical.ToPointer(ExtendedDataSegment) << 4;
            byte* found = Find(extended, Math.Min(extended + ExtendedDataSize, RomStart));
            if (found == null)
                found = Find(RomStart, RomEnd);
            return found == null ? default : new ReadOnlySpan<byte>(found, LengthOf(found));
        }
    }

    /// <summary>Gets the physical address of the table of tables that the pointer leads to, and the size of an address there.</summary>
    public static ulong RootTable(ReadOnlySpan<byte> description, out uint entrySize)
    {
        fixed (byte* start = description)
        {
            ulong extended = description.Length < Length ? 0 : *(ulong*)(start + ExtendedRootOffset);
            entrySize = extended != 0 ? sizeof(ulong) : (uint)sizeof(uint);
            return extended != 0 ? extended : *(uint*)(start + RootOffset);
        }
    }

    private static byte* Find(ulong start, ulong end)
    {
        for (ulong address = start; address < end; address += Alignment)
        {
            byte* candidate = Physical.ToPointer(address);
            if (*(ulong*)candidate == Signature && Sum(candidate, FirstLength) == 0)
                return candidate;
        }

        return null;
    }

    private static int LengthOf(byte* description) => description[RevisionOffset] == 0 ? FirstLength : Length;

    /// <summary>Adds bytes; those of a table make 0.</summary>
    public static byte Sum(byte* start, int count)
    {
        byte sum = 0;
        for (int i = 0; i < count; i++)
            sum += start[i];
        return sum;
    }
}
