namespace Rel4.Abi;

/// <summary>Names the rights of a capability, as bits of <c>seL4_CapRights_t</c> (<c>libsel4/mode_include/64/sel4/shared_types.bf</c>).</summary>
[Flags]
public enum CapRights : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Send, signal, map writable.</summary>
    Write = 1,

    /// <summary>Receive, wait, map readable.</summary>
    Read = 2,

    /// <summary>Send any capability.</summary>
    Grant = 4,

    /// <summary>Send the reply capability that a Call makes.</summary>
    GrantReply = 8,

    /// <summary>Read and write.</summary>
    ReadWrite = Read | Write,

    /// <summary>All four.</summary>
    All = Read | Write | Grant | GrantReply,
}
