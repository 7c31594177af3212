using Rel4.Abi;

namespace Rel4.Hosted.Composition;

/// <summary>Describes an object to be made.</summary>
/// <param name="Type">Its type.</param>
/// <param name="SizeBits">What <c>Untyped_Retype</c> wants to know of its size: 0 for types of one size.</param>
/// <param name="ByteBits">Log2 of the bytes it takes.</param>
internal readonly record struct ObjectSize(ObjectType Type, int SizeBits, int ByteBits)
{
    public static ObjectSize Tcb { get; } = new(ObjectType.Tcb, 0, Limits.TcbBits);

    public static ObjectSize VSpace { get; } = new(ObjectType.Pml4, 0, Limits.VSpaceBits);

    public static ObjectSize TrapPage { get; } = new(ObjectType.Page4K, 0, Limits.PageBits);

    public static ObjectSize CNode(int bits) => new(ObjectType.CapTable, bits, bits + Limits.SlotBits);

    public static ObjectSize Untyped(int bits) => new(ObjectType.Untyped, bits, bits);

    public static ObjectSize Of(ObjectDefinition definition) => definition switch
    {
        EndpointDefinition => new(ObjectType.Endpoint, 0, Limits.EndpointBits),
        NotificationDefinition => new(ObjectType.Notification, 0, Limits.NotificationBits),
        FrameDefinition { Size: FrameSize.Page4K } => TrapPage,
        FrameDefinition { Size: FrameSize.Large2M } => new(ObjectType.LargePage, 0, Limits.LargePageBits),
        FrameDefinition { Size: FrameSize.Huge1G } => new(ObjectType.HugePage, 0, Limits.HugePageBits),
        _ => throw new ArgumentException($"'{definition.Name}' is of no kind that can be made", nameof(definition)),
    };
}
