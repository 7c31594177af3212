namespace Rel4.Hosted.Sandbox;

/// <summary>A range of user numbers for tasks: blocks of 4096, one for each supervisor that runs as root.</summary>
/// <param name="First">The first number.</param>
/// <param name="Blocks">The number of blocks.</param>
/// <remarks>
/// No account of the machine may have a number of the range, and in a user namespace the range must be mapped (<c>/proc/self/uid_map</c>
/// and <c>gid_map</c>).
/// </remarks>
internal readonly record struct TaskUserRange(uint First, uint Blocks)
{
    /// <summary>
    /// Gets the default: 0x52450000 ("RE") to 0x5245FFFF, far from the numbers that distributions and container engines use.
    /// </summary>
    public static TaskUserRange Default { get; } = new(0x5245_0000, 16);
}
