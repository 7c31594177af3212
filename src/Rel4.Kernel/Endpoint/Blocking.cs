namespace Rel4.Kernel;

/// <summary>Tells whether a system call may wait.</summary>
internal enum Blocking
{
    /// <summary>It returns at once.</summary>
    No,

    /// <summary>It waits.</summary>
    Yes,
}
