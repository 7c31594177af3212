using Rel4.Abi;

namespace Rel4.Spec.Rules;

/// <summary>The rules by which one capability is made from another.</summary>
public static class CapabilityRules
{
    /// <summary>Takes away the rights not in a mask (manual, "Capability Rights").</summary>
    public static Capability WithRights(this Capability cap, CapRights mask) => cap switch
    {
        EndpointCap c => c with { Rights = c.Rights & mask },
        NotificationCap c => c with { Rights = c.Rights & mask },
        FrameCap c => c with { Rights = c.Rights & mask },
        ReplyCap c => c with { CanGrant = c.CanGrant && mask.HasFlag(CapRights.Grant) },
        _ => cap,
    };

    /// <summary>Gives a copy its badge or guard (manual, "Endpoint Badges", "CNode Methods"); none if that can't be.</summary>
    public static Capability? WithNewData(this Capability cap, ulong data) => cap switch
    {
        EndpointCap c => c.Badge == 0 ? c with { Badge = data } : null,
        NotificationCap c => c.Badge == 0 ? c with { Badge = data } : null,
        CNodeCap c => WithGuard(c, new CNodeCapData(data)),
        _ => cap,
    };

    /// <summary>Changes the guard of a capability that is moved; badges can't be changed so.</summary>
    public static Capability? WithChangedData(this Capability cap, ulong data) =>
        cap is EndpointCap or NotificationCap ? null : cap.WithNewData(data);

    /// <summary>Makes what a copy holds (manual, table "Capability derivation"); none if the capability can't be copied.</summary>
    /// <exception cref="RefusalException">Untyped memory has children, or an address space no identifier.</exception>
    public static Capability? Derive(this SpecState s, SlotId source, Capability? cap) => cap switch
    {
        UntypedCap when s.HasChildren(source) => throw new RefusalException(SeL4Error.RevokeFirst),
        VSpaceCap space when !s.VSpace(space.Address).IsAssigned => throw RefusalException.IllegalOperation(),
        ReplyCap or ZombieCap => null,
        _ => cap,
    };

    private static CNodeCap? WithGuard(CNodeCap cap, CNodeCapData data) => data.GuardSize + cap.Radix > Limits.WordBits
        ? null
        : cap with { GuardSize = data.GuardSize, Guard = data.Guard & ((1UL << data.GuardSize) - 1) };
}
