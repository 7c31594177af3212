namespace Rel4.Metal.Kernel;

/// <summary>Reads the kernel's own command line.</summary>
internal static class KernelOptions
{
    private const int DefaultRootCNodeBits = 12;
    private const int MostRootCNodeBits = 20;

    /// <summary>Gets log2 of the slots of the root task's CNode: <c>root-cnode-bits=N</c>.</summary>
    public static int RootCNodeBits(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> name = "root-cnode-bits="u8;
        for (int start = 0; start + name.Length < line.Length; start++)
        {
            if ((start == 0 || line[start - 1] == ' ') && StartsWith(line.Slice(start), name))
                return Math.Min(Number(line.Slice(start + name.Length)), MostRootCNodeBits);
        }

        return DefaultRootCNodeBits;
    }

    private static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start)
    {
        for (int i = 0; i < start.Length; i++)
        {
            if (text[i] != start[i])
                return false;
        }

        return true;
    }

    private static int Number(ReadOnlySpan<byte> text)
    {
        int number = 0;
        for (int i = 0; i < text.Length && text[i] is >= (byte)'0' and <= (byte)'9' && number < MostRootCNodeBits; i++)
            number = (10 * number) + (text[i] - '0');
        return number;
    }
}
