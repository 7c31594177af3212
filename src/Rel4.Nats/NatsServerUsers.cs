using System.Globalization;
using System.Text;
using Rel4.Hosted.Composition;
using Rel4.Nats.Bridge;

namespace Rel4.Nats;

/// <summary>Writes who may do what, as a part of the configuration of NATS' servers: an account with a user for each exporter and each grant.</summary>
/// <remarks>
/// A grant's user may publish to its own subject and the exporters' names below it, and subscribe to its own inbox; nothing else. An exporter's may subscribe to the subjects of its grants, and publish to their inboxes. Where messages are delivered at
/// least once, an exporter's may instead make the streams of its grants, read them by one consumer and acknowledge what it has read; no user may purge or delete them. Exporters with such streams must
/// trust each other: who makes a stream says what it keeps. So whoever
/// is left out, as the grant was taken away, is refused and cut off when the servers have read the configuration anew (<c>nats-server --signal reload</c>).
/// </remarks>
public static class NatsServerUsers
{
    /// <summary>The account, which no other user of the servers is in.</summary>
    public const string Account = "REL4";

    /// <summary>Writes it.</summary>
    /// <param name="systems">The systems that export something. What they import is of the systems that export it.</param>
    /// <exception cref="SystemDefinitionException">Two systems export one subject to different users, or a grant's key is none.</exception>
    /// <exception cref="IOException">An exporter's key can't be read.</exception>
    /// <exception cref="FormatException">It is none.</exception>
    public static string Write(params IEnumerable<NatsDefinition> systems)
    {
        ArgumentNullException.ThrowIfNull(systems);
        var users = new SortedDictionary<string, Permissions>(StringComparer.Ordinal);
        NatsExport[] exports = [.. systems.SelectMany(system => system.Exports)];
        Check(exports);
        foreach (NatsExport export in exports)
        {
            Permissions exporter = Find(NatsKey.ReadPublic(export.KeyFile));
            exporter.Subscribe.Add($"{Subjects.ExporterInbox(export.Subject)}.>");
            foreach (NatsGrant grant in export.Grants)
            {
                if (export.Delivery == NatsDelivery.AtLeastOnce)
                {
                    AddKept(export.Subject, grant.Name, exporter, Find(grant.PublicKey));
                    continue;
                }

                string requests = Subjects.Requests(export.Subject, grant.Name), inbox = $"{Subjects.Inbox(export.Subject, grant.Name)}.>";
                exporter.Subscribe.UnionWith([requests, $"{requests}.*"]);
                exporter.Publish.Add(inbox);
                Permissions importer = Find(grant.PublicKey);
                importer.Publish.UnionWith([requests, $"{requests}.*"]);
                importer.Subscribe.Add(inbox);
            }
        }

        string jetStream = exports.Any(export => export.Delivery == NatsDelivery.AtLeastOnce) ? "    jetstream: enabled\n" : "";
        var text = new StringBuilder($"accounts {{\n  {Account} {{\n{jetStream}    users: [\n");
        foreach ((string key, Permissions may) in users)
        {
            text.Append(CultureInfo.InvariantCulture, $"      {{ nkey: {key}\n        permissions: {{ publish: {Rule(may.Publish)}, subscribe: {Rule(may.Subscribe)} }} }}\n");
        }

        return text.Append("    ]\n  }\n}\n").ToString();

        Permissions Find(string key) => users.TryGetValue(key, out Permissions? found) ? found : users[key] = new Permissions([], []);
    }

    /// <summary>Adds what a stream for a grant takes: who imports publishes to it, and it answers to the inbox; who exports makes it, reads it and acknowledges what it has read.</summary>
    private static void AddKept(string subject, string grant, Permissions exporter, Permissions importer)
    {
        string stream = Subjects.Stream(subject, grant), consumer = $"{stream}.{Subjects.Consumer}";
        exporter.Publish.UnionWith([
            $"$JS.API.STREAM.CREATE.{stream}", $"$JS.API.STREAM.INFO.{stream}", $"$JS.API.CONSUMER.CREATE.{consumer}", $"$JS.API.CONSUMER.MSG.NEXT.{consumer}", $"$JS.ACK.{consumer}.>",
        ]);
        importer.Publish.Add(Subjects.Requests(subject, grant));
        importer.Subscribe.Add($"{Subjects.Inbox(subject, grant)}.>");
    }

    /// <summary>Writes what is allowed. A list with nothing in it would allow everything.</summary>
    private static string Rule(SortedSet<string> subjects) =>
        subjects.Count == 0 ? "{ deny: [\">\"] }" : $"{{ allow: [{string.Join(", ", subjects.Select(subject => $"\"{subject}\""))}] }}";

    /// <summary>Refuses two systems that mean different users by one grant: the second one's would have the first one's badge. And a key that servers would refuse, with all that is written.</summary>
    private static void Check(NatsExport[] exports)
    {
        HashSet<string> exporters = [.. exports.Select(export => NatsKey.ReadPublic(export.KeyFile))];
        foreach (NatsExport export in exports)
        {
            if (export.Grants.FirstOrDefault(grant => exporters.Contains(grant.PublicKey)) is { } both)
            {
                throw SystemDefinitionException.Of(new SystemProblem(
                    $"nats, export '{export.Subject}', grant '{both.Name}'", "its key is an exporter's, whose user answers calls", "Make a key for the grant by 'rel4 nats key FILE'"));
            }

            if (export.Grants.FirstOrDefault(grant => !NatsKey.IsPublic(grant.PublicKey)) is { } mistyped)
            {
                throw SystemDefinitionException.Of(new SystemProblem(
                    $"nats, export '{export.Subject}', grant '{mistyped.Name}'", $"'{mistyped.PublicKey}' is no public key: its checksum is wrong", "Give what 'rel4 nats key FILE' prints"));
            }
        }

        foreach (IGrouping<(string Subject, string Name), string> grant in exports
            .SelectMany(export => export.Grants.Select(grant => (export.Subject, grant.Name, grant.PublicKey)))
            .GroupBy(grant => (grant.Subject, grant.Name), grant => grant.PublicKey)
            .Where(grant => grant.Distinct(StringComparer.Ordinal).Count() > 1))
        {
            throw SystemDefinitionException.Of(new SystemProblem(
                $"nats, export '{grant.Key.Subject}', grant '{grant.Key.Name}'", "systems that export the subject have different keys for it", "Give it one key in all of them, or another name"));
        }
    }

    /// <summary>What a user may do.</summary>
    private sealed record Permissions(SortedSet<string> Publish, SortedSet<string> Subscribe);
}
