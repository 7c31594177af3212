using System.Runtime.InteropServices;

namespace Rel4.Metal.Proof;

/// <summary>Lays out the head of what the boot loader tells (Multiboot Specification 0.6.96, section 3.3).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MultibootInfo
{
    private const uint HasMemory = 1 << 0;
    private const uint HasCommandLine = 1 << 2;
    private const ulong HighMemoryStart = 1 << 20;

    private readonly uint _flags;
    private readonly uint _lowMemoryKiB;
    private readonly uint _highMemoryKiB;
    private readonly uint _bootDevice;
    private readonly uint _commandLine;

    /// <summary>Gets where the memory above 1 MiB ends, or its first hole begins.</summary>
    public readonly ulong MemoryEnd => (_flags & HasMemory) == 0 ? 0 : HighMemoryStart + ((ulong)_highMemoryKiB << 10);

    /// <summary>Tells whether a word stands in the command line.</summary>
    public readonly bool HasOption(ReadOnlySpan<byte> option)
    {
        if ((_flags & HasCommandLine) == 0)
            return false;
        byte* word = (byte*)(ulong)_commandLine;
        while (*word != 0)
        {
            int length = 0;
            while (word[length] is not (0 or (byte)' '))
                length++;
            if (Equals(new ReadOnlySpan<byte>(word, length), option))
                return true;
            word += length;
            while (*word == ' ')
                word++;
        }

        return false;
    }

    private static bool Equals(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
            return false;
        for (int i = 0; i < left.Length; i++)
        {
            if (left[i] != right[i])
                return false;
        }

        return true;
    }
}
