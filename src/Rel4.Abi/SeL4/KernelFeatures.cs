namespace Rel4.Abi;

/// <summary>Tells the root task what the kernel was built with.</summary>
[Flags]
public enum KernelFeatures : ulong
{
    /// <summary>Nothing that is not always there.</summary>
    None = 0,

    /// <summary>seL4's debug calls.</summary>
    DebugCalls = 1,
}
