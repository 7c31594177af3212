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
        ILookup<string, ulong> given = BadgesOf([.. tasks.SelectMany(task => task.Grants), .. host?.Grants ?? []]);
        var next = new Dictionary<string, ulong>();
        return (
            [.. tasks.Select(task => task with { Grants = Complete(task.Grants, given, next) })],
            host is null ? null : host with { Grants = Complete(host.Grants, given, next) });
    }

    /// <summary>Completes a task that is added to others.</summary>
    /// <param name="task">The task.</param>
    /// <param name="others">What those were granted that are there.</param>
    /// <param name="next">From which number on to look, by endpoint, for who comes next: what a task had that has left, none gets that comes later.</param>
    public static TaskDefinition Complete(TaskDefinition task, IEnumerable<GrantDefinition> others, Dictionary<string, ulong> next)
    {
        ILookup<string, ulong> given = BadgesOf([.. others, .. task.Grants, .. task.HostGrants]);
        return task with { Grants = Complete(task.Grants, given, next), HostGrants = Complete(task.HostGrants, given, next) };
    }

    /// <summary>Completes what the composing process is granted while the system runs.</summary>
    /// <inheritdoc cref="Complete(TaskDefinition, IEnumerable{GrantDefinition}, Dictionary{string, ulong})" path="/param"/>
    public static ImmutableArray<GrantDefinition> Complete(
        ImmutableArray<GrantDefinition> grants, IEnumerable<GrantDefinition> others, Dictionary<string, ulong> next) =>
        Complete(grants, BadgesOf([.. others, .. grants]), next);

    /// <summary>Gets numbers that were given with none of these grants, for those that come later.</summary>
    public static Dictionary<string, ulong> NextBehind(IEnumerable<GrantDefinition> grants) =>
        // What was chosen was the least at its time, so no more than the number of grants.
        BadgesOf(grants).ToDictionary(badges => badges.Key, badges => (ulong)badges.Count() + 1);

    private static ILookup<string, ulong> BadgesOf(IEnumerable<GrantDefinition> grants) => grants.ToLookup(grant => grant.Object.Name, grant => grant.Badge);

    private static ImmutableArray<GrantDefinition> Complete(
        ImmutableArray<GrantDefinition> grants, ILookup<string, ulong> given, Dictionary<string, ulong> next)
    {
        return [.. grants.Select(grant => grant with { Badge = BadgeOf(grant) })];

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
