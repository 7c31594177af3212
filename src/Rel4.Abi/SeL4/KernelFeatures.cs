namespace Rel4.Abi;

/// <summary>Tells the root task what the kernel was built with.</summary>
[Flags]
public enum KernelFeatures : ulong
{
    /// <summary>Nothing that is not always there.</summary>
    None = 0,

    /// <summary>seL4's debug calls.</summary>
    DebugCalls = 1,

    /// <summary>System calls that read and write the processor's model-specific registers.</summary>
    RegisterCalls = 2,

    /// <summary>RDPMC in user code.</summary>
    UserCounters = 4,

    /// <summary>Mappings that may be written are executed as well, but where ExecuteNever is asked for.</summary>
    WritableCode = 8,
}
