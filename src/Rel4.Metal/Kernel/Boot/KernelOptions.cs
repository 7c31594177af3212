namespace Rel4.Metal.Kernel;

/// <summary>Reads the kernel's own command line.</summary>
internal static class KernelOptions
{
    private const int DefaultRootCNodeBits = 12;
    private const int MostRootCNodeBits = 20;

    /// <summary>Gets log2 of the slots of the root task's CNode: <c>root-cnode-bits=N</c>.</summary>
    public static int RootCNodeBits(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> value = Behind(line, "root-cnode-bits="u8);
        return value.IsEmpty ? DefaultRootCNodeBits : Math.Min(Number(value), MostRootCNodeBits);
    }

    /// <summary>Tells whether tasks use the labels of seL4's configuration for several processors: <c>sel4-smp=1</c>.</summary>
    public static bool HasLabelsOfSeveral(ReadOnlySpan<byte> line) => Number(Behind(line, "sel4-smp="u8)) != 0;

    /// <summary>Finds what follows a name; nothing if it is not there.</summary>
    private static ReadOnlySpan<byte> Behind(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name)
    {
        for (int start = 0; start + name.Length < line.Length; start++)
        {
            if ((start == 0 || line[start - 1] == ' ') && StartsWith(line.Slice(start), name))
                return line.Slice(start + name.Length);
        }

        return default;
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
