namespace Rel4.Kernel;

/// <summary>Describes the send or receive that a thread waits in.</summary>
[Flags]
internal enum BlockingFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The capability used had the Grant right.</summary>
    Grant = 1,

    /// <summary>The capability used had the GrantReply right.</summary>
    GrantReply = 2,

    /// <summary>It is a Call, or a fault.</summary>
    Call = 4,
}
