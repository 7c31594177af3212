using System.Collections.Immutable;
using Rel4.Abi;

namespace Rel4.Hosted.Composition;

/// <summary>Gives each sender of an endpoint a badge: without one it could mint itself anybody's, and be anybody to the receiver.</summary>
/// <remarks>
/// From an endpoint capability without a badge any badge may be minted, and from one with a badge none (seL4 manual, section 4.2.1). So what was granted to send
/// without a badge gets the least number from 1 that the endpoint's grants don't have, in the order of the tasks and their grants; the composing process comes last. Who may receive
/// keeps what was given: it sees and answers the messages of all, and may have to mint badges for clients of its own.
/// </remarks>
internal static class SenderBadges
{
    public static (ImmutableArray<TaskDefinition> Tasks, HostDefinition? Host) Complete(ImmutableArray<TaskDefinition> tasks, HostDefinition? host)
    {
        ILookup<string, ulong> given = tasks.SelectMany(task => task.Grants).Concat(host?.Grants ?? []).ToLookup(grant => grant.Object.Name, grant => grant.Badge);
        var next = new Dictionary<string, ulong>();
        return (
            [.. tasks.Select(task => task with { Grants = [.. task.Grants.Select(grant => grant with { Badge = BadgeOf(grant) })] })],
            host is null ? null : host with { Grants = [.. host.Grants.Select(grant => grant with { Badge = BadgeOf(grant) })] });

        ulong BadgeOf(GrantDefinition grant)
        {
            if (grant is not { Object: EndpointDefinition, Badge: 0 } || (grant.Rights & CapRights.ReadWrite) != CapRights.Write)
                return grant.Badge;
            ulong badge = next.GetValueOrDefault(grant.Object.Name, 1UL);
            while (given[grant.Object.Name].Contains(badge))
                badge++;
            next[grant.Object.Name] = badge + 1;
            return badge;
        }
    }
}
