using System.Runtime.Intrinsics;

namespace Rel4.Hosted.Kernel;

/// <summary>Says how much of each thing that there is only so much of something takes, or may take.</summary>
internal readonly struct Cost
{
    private readonly Vector128<int> _counts;

    /// <param name="descriptors">Descriptors of the kernel's process.</param>
    /// <param name="mappings">Mappings of the kernel's process.</param>
    /// <param name="receivers">Places in the table of receivers of user interrupts.</param>
    /// <param name="senders">Places in the table of senders of user interrupts.</param>
    public Cost(int descriptors = 0, int mappings = 0, int receivers = 0, int senders = 0)
        : this(Vector128.Create(descriptors, mappings, receivers, senders))
    {
    }

    private Cost(Vector128<int> counts) => _counts = counts;

    public static Cost operator +(Cost left, Cost right) => new(left._counts + right._counts);

    public static Cost operator -(Cost left, Cost right) => new(left._counts - right._counts);

    public static Cost operator /(Cost whole, int parts) => new(whole._counts / parts);

    /// <summary>Tells whether so much more stays below a limit. What no more is wanted of does not count.</summary>
    public bool LeavesRoomFor(Cost more, Cost limit) =>
        Vector128.LessThanOrEqualAll((_counts + more._counts) & Vector128.GreaterThan(more._counts, default), limit._counts);
}
