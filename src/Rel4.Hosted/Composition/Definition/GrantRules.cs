using Rel4.Abi;

namespace Rel4.Hosted.Composition;

/// <summary>Says which rights and badges make sense for which kind of object (seL4 manual, sections 3.1.4, 4.2 and 5).</summary>
internal static class GrantRules
{
    public static IEnumerable<SystemProblem> Check(string where, GrantDefinition grant) => grant.Object switch
    {
        _ when (grant.Rights & CapRights.All) == 0 =>
            [new(where, "it gives no rights", $"Give some, or leave the grant out")],
        EndpointDefinition => CheckEndpoint(where, grant),
        NotificationDefinition => CheckNotification(where, grant),
        _ => CheckFrame(where, grant),
    };

    private static IEnumerable<SystemProblem> CheckEndpoint(string where, GrantDefinition grant)
    {
        bool sends = Has(grant, CapRights.Write);
        if (!sends && Has(grant, CapRights.GrantReply))
            yield return new(where, "GrantReply serves who may send", "Add Write for a caller, or take GrantReply out for a receiver");
        if (!sends && grant.Badge != 0)
            yield return new(where, "a badge marks messages, and this task may not send any", "Add Write, or leave the badge out");
    }

    private static IEnumerable<SystemProblem> CheckNotification(string where, GrantDefinition grant)
    {
        if ((grant.Rights & (CapRights.Grant | CapRights.GrantReply)) != 0)
            yield return new(where, "nothing can be granted through a notification", "Give Read (wait), Write (signal) or both");
        if (Has(grant, CapRights.Write) && grant.Badge == 0)
            yield return new(where, "a signal is the badge's bits, and there is no badge", "Give a badge: a single bit is fastest");
        if (!Has(grant, CapRights.Write) && grant.Badge != 0)
            yield return new(where, "a badge is what a signal sets, and this task may not signal", "Add Write, or leave the badge out");
    }

    private static IEnumerable<SystemProblem> CheckFrame(string where, GrantDefinition grant)
    {
        if ((grant.Rights & (CapRights.Grant | CapRights.GrantReply)) != 0)
            yield return new(where, "nothing can be granted through a frame", "Give Read, or Read and Write");
        if (!Has(grant, CapRights.Read))
            yield return new(where, "a frame that can't be read can't be mapped", "Add Read");
        if (grant.Badge != 0)
            yield return new(where, "a frame has no badge", "Leave the badge out");
    }

    private static bool Has(GrantDefinition grant, CapRights right) => (grant.Rights & right) != 0;
}
