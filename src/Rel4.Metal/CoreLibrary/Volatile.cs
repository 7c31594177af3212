using System.Runtime.CompilerServices;

namespace System.Threading;

/// <summary>Reads and writes memory that others write at the same time: IPC buffers, shared frames.</summary>
/// <remarks>C# has volatile access to fields only, so each place is seen as the one field of a cell.</remarks>
public static class Volatile
{
    /// <summary>Reads once; nothing later in the program moves before it.</summary>
    [Intrinsic]
    public static ulong Read(ref readonly ulong location) => Unsafe.As<ulong, Cell64>(ref Unsafe.AsRef(in location)).Value;

    /// <summary>Reads once; nothing later in the program moves before it.</summary>
    [Intrinsic]
    public static uint Read(ref readonly uint location) => Unsafe.As<uint, Cell32>(ref Unsafe.AsRef(in location)).Value;

    /// <summary>Writes once; nothing earlier in the program moves behind it.</summary>
    [Intrinsic]
    public static void Write(ref ulong location, ulong value) => Unsafe.As<ulong, Cell64>(ref location).Value = value;

    /// <summary>Writes once; nothing earlier in the program moves behind it.</summary>
    [Intrinsic]
    public static void Write(ref uint location, uint value) => Unsafe.As<uint, Cell32>(ref location).Value = value;

    private struct Cell64
    {
        // A 64-bit integer may not be volatile in C#, for the sake of 32-bit machines; the native one may.
        private volatile nuint value;

        public ulong Value
        {
            get => value;
            set => this.value = (nuint)value;
        }
    }

    private struct Cell32
    {
        private volatile uint value;

        public uint Value
        {
            get => value;
            set => this.value = value;
        }
    }
}
