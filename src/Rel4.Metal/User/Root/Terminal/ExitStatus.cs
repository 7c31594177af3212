namespace Rel4.Metal.User;

/// <summary>Tells how the run ended; QEMU's own exit status is twice this, plus 1.</summary>
internal enum ExitStatus : uint
{
    /// <summary>Every row passed.</summary>
    Passed = 0x10,

    /// <summary>A row failed.</summary>
    Failed = 0x11,

    /// <summary>The root task could not go on.</summary>
    Panic = 0x12,
}
