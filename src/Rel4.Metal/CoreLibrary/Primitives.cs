namespace System;

// The C# compiler's keywords name these types, and ilc knows their layouts by name, so they need no fields.
// The limits are those that the kernel's bounds are written with.

/// <summary>Types what returns nothing.</summary>
public struct Void;

/// <summary>Types truth values.</summary>
public struct Boolean;

/// <summary>Types the elements of strings.</summary>
public struct Char;

/// <summary>Types 8 signed bits.</summary>
public struct SByte
{
    /// <summary>Least value.</summary>
    public const sbyte MinValue = -128;

    /// <summary>Greatest value.</summary>
    public const sbyte MaxValue = 127;
}

/// <summary>Types 8 bits.</summary>
public struct Byte
{
    /// <summary>Least value.</summary>
    public const byte MinValue = 0;

    /// <summary>Greatest value.</summary>
    public const byte MaxValue = 255;
}

/// <summary>Types 16 signed bits.</summary>
public struct Int16
{
    /// <summary>Least value.</summary>
    public const short MinValue = -32768;

    /// <summary>Greatest value.</summary>
    public const short MaxValue = 32767;
}

/// <summary>Types 16 bits.</summary>
public struct UInt16
{
    /// <summary>Least value.</summary>
    public const ushort MinValue = 0;

    /// <summary>Greatest value.</summary>
    public const ushort MaxValue = 65535;
}

/// <summary>Types 32 signed bits.</summary>
public struct Int32
{
    /// <summary>Least value.</summary>
    public const int MinValue = -2147483648;

    /// <summary>Greatest value.</summary>
    public const int MaxValue = 2147483647;
}

/// <summary>Types 32 bits.</summary>
public struct UInt32
{
    /// <summary>Least value.</summary>
    public const uint MinValue = 0;

    /// <summary>Greatest value.</summary>
    public const uint MaxValue = 0xFFFF_FFFF;
}

/// <summary>Types 64 signed bits.</summary>
public struct Int64
{
    /// <summary>Least value.</summary>
    public const long MinValue = -0x7FFF_FFFF_FFFF_FFFF - 1;

    /// <summary>Greatest value.</summary>
    public const long MaxValue = 0x7FFF_FFFF_FFFF_FFFF;
}

/// <summary>Types 64 bits.</summary>
public struct UInt64
{
    /// <summary>Least value.</summary>
    public const ulong MinValue = 0;

    /// <summary>Greatest value.</summary>
    public const ulong MaxValue = 0xFFFF_FFFF_FFFF_FFFF;
}

/// <summary>Types <c>nint</c>.</summary>
public struct IntPtr;

/// <summary>Types <c>nuint</c>.</summary>
public struct UIntPtr;

/// <summary>Types 32-bit floating point, which ilc resolves by name; the kernel computes with none.</summary>
public struct Single;

/// <summary>Types 64-bit floating point, which ilc resolves by name; the kernel computes with none.</summary>
public struct Double;
