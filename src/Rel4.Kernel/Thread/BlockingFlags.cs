using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Describes the send or receive that a thread waits in. The rights have the bits that they have in a capability.</summary>
[Flags]
internal enum BlockingFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The capability used had the Grant right.</summary>
    Grant = CapRights.Grant,

    /// <summary>The capability used had the GrantReply right.</summary>
    GrantReply = CapRights.GrantReply,

    /// <summary>It is a Call, or a fault.</summary>
    Call = 16,
}
