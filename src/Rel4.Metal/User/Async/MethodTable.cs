namespace Internal.Runtime;

/// <summary>Is how ilc describes a type to the code that it makes: this, the virtual methods, the interfaces.</summary>
/// <remarks>Source: MethodTable.h of .NET's runtime (MIT).</remarks>
internal unsafe struct MethodTable
{
    private const ushort HasDispatchMapFlag = 4;

    /// <summary>Bytes of an element, of an array.</summary>
    public ushort ComponentSize;

    /// <summary>The upper half of the flags.</summary>
    public ushort Flags;

    /// <summary>Bytes of an object, with the word in front of it and the pointer to this.</summary>
    public uint BaseSize;

    /// <summary>The base type.</summary>
    public MethodTable* Base;

    /// <summary>How many virtual methods there are.</summary>
    public ushort VirtualCount;

    /// <summary>How many interfaces the type has.</summary>
    public ushort InterfaceCount;

    /// <summary>The hash code.</summary>
    public uint HashCode;

    /// <summary>Gets whether <see cref="DispatchMap"/> is there.</summary>
    public readonly bool HasDispatchMap => (Flags & HasDispatchMapFlag) != 0;

    /// <summary>Gets the virtual methods.</summary>
    public nint* Virtuals
    {
        get
        {
            fixed (MethodTable* self = &this)
                return (nint*)(self + 1);
        }
    }

    /// <summary>Gets the interfaces.</summary>
    public MethodTable** Interfaces => (MethodTable**)(Virtuals + VirtualCount);

    /// <summary>Gets which virtual method is which interface's: see <see cref="Dispatch"/>.</summary>
    public ushort* DispatchMap
    {
        get
        {
            // Behind two other places that are relative to themselves, as this is.
            int* place = (int*)(Interfaces + InterfaceCount) + 2;
            return (ushort*)((byte*)place + *place);
        }
    }
}
