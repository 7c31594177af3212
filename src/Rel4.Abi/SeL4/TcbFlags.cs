namespace Rel4.Abi;

/// <summary>Switches features of a thread (<c>seL4_TCBFlag</c>, <c>libsel4/include/sel4/constants.h</c>).</summary>
[Flags]
public enum TcbFlags : ulong
{
    /// <summary>A new thread's.</summary>
    None = 0,

    /// <summary>It has no floating-point unit: its use is an exception.</summary>
    FpuDisabled = 1,
}
