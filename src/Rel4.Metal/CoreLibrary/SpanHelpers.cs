using System.Runtime.CompilerServices;

namespace System;

/// <summary>Holds what ilc calls, by name, to copy and clear structs and stack space too large for a few instructions.</summary>
internal static unsafe class SpanHelpers
{
    /// <summary>Copies bytes from the first on, most of them by words.</summary>
    public static void Copy(byte* to, byte* from, nuint count)
    {
        for (; count >= sizeof(ulong); count -= sizeof(ulong), to += sizeof(ulong), from += sizeof(ulong)) *(ulong*)to = *(ulong*)from;
        for (; count > 0; count--) *to++ = *from++;
    }

    private static void Memmove(ref byte destination, ref byte source, nuint length)
    {
        byte* to = (byte*)Unsafe.AsPointer(in destination), from = (byte*)Unsafe.AsPointer(in source);
        if (to <= from)
        {
            for (nuint i = 0; i < length; i++) to[i] = from[i];
        }
        else
        {
            while (length-- > 0) to[length] = from[length];
        }
    }

    private static void ClearWithoutReferences(ref byte start, nuint length) => Fill(ref start, 0, length);

    private static void Fill(ref byte start, byte value, nuint length)
    {
        var to = (byte*)Unsafe.AsPointer(in start);
        for (nuint i = 0; i < length; i++) to[i] = value;
    }
}
