using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Rel4.Hosted.Composition;

/// <summary>Finds what is wrong with what a system exports and imports.</summary>
internal static partial class NatsValidation
{
    public static bool IsSeed(string text) => SeedPattern().IsMatch(text);

    public static IEnumerable<SystemProblem> Check(NatsDefinition? nats, ImmutableArray<ObjectDefinition> objects, ImmutableArray<TaskDefinition> tasks) => nats is null ? [] :
    [
        .. CheckServers(nats),
        .. tasks.Any(task => task.Name == NatsDefinition.BridgeName)
            ? new[] { new SystemProblem($"task '{NatsDefinition.BridgeName}'", "that is what the bridge to NATS is called", "Give the task another name") } : [],
        .. CheckTwice("exports", nats.Exports.Select(export => export.Subject)),
        .. CheckTwice("imports", nats.Imports.Select(import => import.Object.Name)),
        .. nats.Exports.SelectMany(export => CheckExport(export, objects)),
        .. nats.Imports.SelectMany(import => CheckImport(import, objects)),
    ];

    private static IEnumerable<SystemProblem> CheckServers(NatsDefinition nats)
    {
        if (nats.Servers.IsEmpty)
            yield return new("nats", "it has no server", "Give the URL of one, such as nats://127.0.0.1:4222");
        foreach (string server in nats.Servers)
        {
            if (!Uri.TryCreate(server, UriKind.Absolute, out Uri? url) || url.Scheme is not ("nats" or "tls") || url.Host.Length == 0 || url.UserInfo.Length > 0)
                yield return new("nats", $"'{server}' is no server", "Give nats://host:port or tls://host:port; who connects is told by keys");
        }
    }

    private static IEnumerable<SystemProblem> CheckTwice(string what, IEnumerable<string> names) => names
        .GroupBy(name => name, StringComparer.Ordinal)
        .Where(name => name.Count() > 1)
        .Select(name => new SystemProblem($"nats, {what}", $"'{name.Key}' is there more than once", "Leave one"));

    private static IEnumerable<SystemProblem> CheckExport(NatsExport export, ImmutableArray<ObjectDefinition> objects)
    {
        string where = $"nats, export '{export.Subject}'";
        foreach (SystemProblem problem in (SystemProblem[])[.. CheckSubject(where, export.Subject), .. CheckObject(where, export.Object, export.Delivery, objects)])
            yield return problem;
        foreach (SystemProblem problem in CheckTwice($"export '{export.Subject}', grants", export.Grants.Select(grant => grant.Name)))
            yield return problem;
        foreach (SystemProblem problem in CheckTwice($"export '{export.Subject}', keys", export.Grants.Select(grant => grant.PublicKey)))
            yield return problem;
        foreach (NatsGrant grant in export.Grants)
        {
            if (!TokenPattern().IsMatch(grant.Name))
                yield return new(where, $"'{grant.Name}' can't be the name of a grant", "Use up to 64 letters, digits, '-' and '_'");
            if (!PublicKeyPattern().IsMatch(grant.PublicKey))
                yield return new($"{where}, grant '{grant.Name}'", $"'{grant.PublicKey}' is no public key of an NKey user", "Give what 'rel4 nats key FILE' prints: U and 55 letters and digits");
            if (grant.Badge == 0)
                yield return new($"{where}, grant '{grant.Name}'", "it has no badge", "Give a number that receivers know it by; of a notification, the bits that it may signal");
        }
    }

    private static IEnumerable<SystemProblem> CheckImport(NatsImport import, ImmutableArray<ObjectDefinition> objects)
    {
        string where = $"nats, import '{import.Object.Name}'";
        return
        [
            .. CheckSubject(where, import.Subject),
            .. CheckObject(where, import.Object, import.Delivery, objects),
            .. TokenPattern().IsMatch(import.Grant) ? [] : new[] { new SystemProblem(where, $"'{import.Grant}' can't be the name of a grant", "Use up to 64 letters, digits, '-' and '_'") },
        ];
    }

    private static IEnumerable<SystemProblem> CheckSubject(string where, string subject)
    {
        if (subject.Length > 128 || !SubjectPattern().IsMatch(subject))
            yield return new(where, $"'{subject}' can't be a subject", "Use names of letters, digits, '-' and '_', divided by dots, 128 characters at most");
    }

    private static IEnumerable<SystemProblem> CheckObject(string where, ObjectDefinition definition, NatsDelivery delivery, ImmutableArray<ObjectDefinition> objects)
    {
        if (definition is not (EndpointDefinition or NotificationDefinition) || !objects.Contains(definition))
            yield return new(where, $"'{definition.Name}' is no endpoint or notification of the system", "Give one that is");
        else if (definition is NotificationDefinition && delivery == NatsDelivery.AtLeastOnce)
            yield return new(where, "signals are not kept: they are bits that are set", "Take an endpoint, and send");
    }

    [GeneratedRegex(@"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\z")]
    private static partial Regex SubjectPattern();

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex TokenPattern();

    [GeneratedRegex(@"^U[A-Z2-7]{55}\z")]
    private static partial Regex PublicKeyPattern();

    [GeneratedRegex(@"^SU[A-Z2-7]{56}\z")]
    private static partial Regex SeedPattern();
}
