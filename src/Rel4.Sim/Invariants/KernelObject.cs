using Rel4.Kernel;

namespace Rel4.Sim;

/// <summary>Describes an object that capabilities name, as the <see cref="Survey"/> found it.</summary>
internal unsafe struct KernelObject
{
    /// <summary>Orders objects by address, larger ones first; no two objects have the same.</summary>
    public ulong Key;

    public void* Address;

    /// <summary>The type of its capabilities; for one in destruction, what it was.</summary>
    public CapType Type;

    /// <summary>Log2 of its bytes.</summary>
    public int Bits;

    /// <summary>Capabilities that name it, zombies not counted.</summary>
    public int Caps;

    /// <summary>Zombies that name it.</summary>
    public int Zombies;

    /// <summary>Unbroken stretches of the derivation lists that name it.</summary>
    public int Runs;

    /// <summary>Place in <see cref="Survey.Objects"/> of the untyped memory it was derived from; -1 for none.</summary>
    public int Origin;

    /// <summary>For untyped memory, the end of the last object in it.</summary>
    public byte* Top;

    public readonly byte* End => (byte*)Address + (1UL << Bits);

    /// <summary>Names an object: what, where, how big.</summary>
    public static ulong KeyOf(ulong offset, int bits, CapType type) => (offset << 10) | ((ulong)(63 - bits) << 4) | (ulong)type;
}
