using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace System;

/// <summary>Types string literals, which ilc lays out in the image: method table, length, characters. They are for printing.</summary>
[StructLayout(LayoutKind.Sequential)]
public sealed class String
{
    private readonly int length;
    private readonly char firstCharacter;

    /// <summary>Gets the number of characters.</summary>
    public int Length => length;

    /// <summary>Gets a character.</summary>
    public char this[int index]
    {
        get
        {
            if ((uint)index >= (uint)length) Environment.FailFast();
            return Unsafe.Add(ref Unsafe.AsRef(in firstCharacter), index);
        }
    }
}
