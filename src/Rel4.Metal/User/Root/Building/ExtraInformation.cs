using Rel4.Abi;

namespace Rel4.Metal.User;

/// <summary>Walks the chunks of information behind the <see cref="BootInfo"/>.</summary>
internal static unsafe class ExtraInformation
{
    /// <summary>Gets the first chunk, or null.</summary>
    public static BootInfoHeader* First(BootInfo* information) =>
        information->ExtraLength == 0 ? null : (BootInfoHeader*)((byte*)information + (1 << Limits.PageBits));

    /// <summary>Gets the chunk behind another, or null.</summary>
    public static BootInfoHeader* Next(BootInfo* information, BootInfoHeader* chunk)
    {
        var next = (byte*)chunk + chunk->Length;
        return next < (byte*)First(information) + information->ExtraLength ? (BootInfoHeader*)next : null;
    }

    /// <summary>Tells whether a word stands in the root task's own command line.</summary>
    public static bool HasOption(BootInfo* information, ReadOnlySpan<byte> word)
    {
        for (BootInfoHeader* chunk = First(information); chunk != null; chunk = Next(information, chunk))
        {
            if (chunk->Id == BootInfoHeader.CommandLineId)
                return HasWord((byte*)(chunk + 1), word);
        }

        return false;
    }

    /// <summary>Gets the number behind a name that ends with <c>=</c> in the root task's own command line.</summary>
    public static ulong NumberOf(BootInfo* information, ReadOnlySpan<byte> name, ulong otherwise)
    {
        for (BootInfoHeader* chunk = First(information); chunk != null; chunk = Next(information, chunk))
        {
            if (chunk->Id == BootInfoHeader.CommandLineId && FindValue((byte*)(chunk + 1), name) is var digit && digit != null)
            {
                ulong number = 0;
                for (; *digit is >= (byte)'0' and <= (byte)'9'; digit++)
                    number = (10 * number) + (ulong)(*digit - '0');
                return number;
            }
        }

        return otherwise;
    }

    private static byte* FindValue(byte* line, ReadOnlySpan<byte> name)
    {
        for (byte* start = line; *start != 0; start++)
        {
            int length = 0;
            while (length < name.Length && start[length] == name[length])
                length++;
            if (length == name.Length && (start == line || start[-1] == ' '))
                return start + length;
        }

        return null;
    }

    /// <summary>Tells whether a word stands in a command line, which a zero byte ends.</summary>
    public static bool HasWord(byte* line, ReadOnlySpan<byte> word)
    {
        for (byte* start = line; *start != 0;)
        {
            byte* end = start;
            while (*end is not 0 and not (byte)' ')
                end++;
            if (Equal(new ReadOnlySpan<byte>(start, (int)(end - start)), word))
                return true;
            start = *end == 0 ? end : end + 1;
        }

        return false;
    }

    private static bool Equal(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
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
