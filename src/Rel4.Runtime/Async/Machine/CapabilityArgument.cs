namespace Rel4.Runtime;

/// <summary>Names a capability that is passed as an argument of a method, and not invoked.</summary>
/// <remarks>
/// What comes from a peer may lead anywhere. Whatever is invoked gets the message, with the capabilities in it, and is waited for; so a capability that a
/// peer handed over has this type, which has no methods: it can be an argument of a method of one's own object, where the kernel checks its type and
/// rights, and be deleted.
/// </remarks>
/// <param name="Slot">Where it lies in the process' CNode.</param>
internal readonly record struct CapabilityArgument(ulong Slot)
{
    public static implicit operator CapabilityArgument(FrameCap own) => new(own.CPtr);

    public static implicit operator CapabilityArgument(NotificationCap own) => new(own.CPtr);
}
