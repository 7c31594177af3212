using System.Buffers.Binary;

namespace Rel4.Cli.Metal;

/// <summary>Says where a kernel's file goes in memory (Multiboot Specification 0.6.96, section 3.1, with address fields).</summary>
/// <param name="FileStart">Where in the file that starts which goes there.</param>
/// <param name="Start">The physical address that it goes to.</param>
/// <param name="LoadEnd">Where it ends.</param>
/// <param name="End">Where the zeros behind it end.</param>
/// <param name="Entry">Where the kernel starts to run.</param>
internal sealed record MultibootHeader(int FileStart, uint Start, uint LoadEnd, uint End, uint Entry)
{
    private const uint Magic = 0x1BADB002;
    private const uint HasAddresses = 1 << 16;
    private const int Size = 32;

    // The header lies in the first 8 KiB.
    private const int SearchEnd = 8192;

    /// <summary>Finds the header; null if there is none, or it is not sound.</summary>
    public static MultibootHeader? Find(ReadOnlySpan<byte> file)
    {
        for (int at = 0; at + Size <= Math.Min(file.Length, SearchEnd); at += 4)
        {
            uint flags = Word(file, at, 1);
            if (Word(file, at, 0) == Magic && (flags & HasAddresses) != 0 && Magic + flags + Word(file, at, 2) == 0)
                return Read(file, at);
        }

        return null;
    }

    private static MultibootHeader? Read(ReadOnlySpan<byte> file, int at)
    {
        uint own = Word(file, at, 3), start = Word(file, at, 4), loadEnd = Word(file, at, 5), end = Word(file, at, 6);
        long fileStart = at - ((long)own - start);
        return fileStart >= 0 && start <= loadEnd && loadEnd <= end && fileStart + (loadEnd - start) <= file.Length
            ? new MultibootHeader((int)fileStart, start, loadEnd, end, Word(file, at, 7))
            : null;
    }

    private static uint Word(ReadOnlySpan<byte> file, int at, int index) => BinaryPrimitives.ReadUInt32LittleEndian(file[(at + (4 * index))..]);
}
