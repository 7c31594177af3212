using Rel4.Hosted.Composition;
using Rel4.Nats;

namespace Rel4.Cli.Nats;

/// <summary>Finds where systems that import and systems that export mean different things.</summary>
internal static class Agreement
{
    /// <summary>Finds it.</summary>
    public static IEnumerable<SystemProblem> Check(IReadOnlyList<NatsSystem> systems)
    {
        ILookup<string, (string File, NatsExport Export)> exports = systems
            .SelectMany(system => system.Nats.Exports.Select(export => (system.File, Export: export))).ToLookup(one => one.Export.Subject, StringComparer.Ordinal);
        return
        [
            .. exports.SelectMany(subject => CheckExporters([.. subject])),
            .. systems.SelectMany(system => system.Nats.Imports.SelectMany(import => CheckImport(system.File, import, exports))),
        ];
    }

    /// <summary>Several systems that export one subject share its calls: what a client is and how it is served may not depend on which of them it meets.</summary>
    private static IEnumerable<SystemProblem> CheckExporters((string File, NatsExport Export)[] exporters)
    {
        (string first, NatsExport model) = exporters[0];
        foreach ((string file, NatsExport export) in exporters)
        {
            string where = $"{file}, nats, export '{export.Subject}'";
            if (IsNotification(export.Object) != IsNotification(model.Object))
                yield return new(where, $"it is {Kind(export.Object)}, and in {first} {Kind(model.Object)}", "Export the same, or another subject");
            if (export.Delivery != model.Delivery)
                yield return new(where, $"it is delivered {Name(export.Delivery)}, and in {first} {Name(model.Delivery)}", "Write the same 'atLeastOnce' in both");
            if (PublicKey(export.KeyFile) is not { } own)
                yield return NoKey(where, export.KeyFile);
            else if (export.Grants.FirstOrDefault(grant => grant.PublicKey == own) is { } itself)
                yield return new($"{where}, grant '{itself.Name}'", "its key is the exporter's own, so who has it could also answer the others' calls", "Make each a key of its own ('rel4 nats key FILE')");
            foreach (NatsGrant grant in export.Grants)
            {
                // Compared with the first that has it; not each needs to.
                (string other, NatsGrant same) = exporters
                    .SelectMany(exporter => exporter.Export.Grants.Select(known => (exporter.File, Grant: known))).First(known => known.Grant.Name == grant.Name);
                if (same.PublicKey != grant.PublicKey)
                    yield return new($"{where}, grant '{grant.Name}'", $"{other} has another key for it", "Give it one key in all systems that export the subject, or another name");
                if (same.Badge != grant.Badge)
                    yield return new($"{where}, grant '{grant.Name}'", $"its badge is {grant.Badge}, and in {other} {same.Badge}", "Give it one badge in all systems that export the subject");
            }
        }
    }

    private static IEnumerable<SystemProblem> CheckImport(string file, NatsImport import, ILookup<string, (string File, NatsExport Export)> exports)
    {
        string where = $"{file}, nats, import '{import.Object.Name}'";
        if (!exports.Contains(import.Subject))
        {
            yield return new(where, $"no file given exports '{import.Subject}'", exports.Count == 0
                ? "Name the file of the system that does, too" : $"Name the file of the system that does, or one of '{string.Join("', '", exports.Select(subject => subject.Key))}'");
            yield break;
        }

        if (PublicKey(import.KeyFile) is not { } key)
            yield return NoKey(where, import.KeyFile);
        else if (exports[import.Subject].SelectMany(exporter => exporter.Export.Grants).FirstOrDefault(grant => grant.Name == import.Grant) is not { } grant)
            yield return new(where, $"nobody who exports '{import.Subject}' has a grant '{import.Grant}'", $"Add it there, with the key {key}, or correct its name");
        else if (grant.PublicKey != key)
            yield return new(where, $"its key is {key}, and who exports '{import.Subject}' has {grant.PublicKey} for the grant '{import.Grant}'", "Correct one of them");
        NatsExport export = exports[import.Subject].First().Export;
        if (IsNotification(import.Object) != IsNotification(export.Object))
            yield return new(where, $"it is {Kind(import.Object)}, and what is exported {Kind(export.Object)}", "Import what is exported ('notification')");
        if (import.Delivery != export.Delivery)
            yield return new(where, $"it is delivered {Name(import.Delivery)}, and what is exported {Name(export.Delivery)}", "Write the same 'atLeastOnce' in both");
    }

    private static SystemProblem NoKey(string where, string path) => new(where, $"'{path}' holds no seed of an NKey user", "Make one by 'rel4 nats key FILE'");

    /// <summary>Gets the public key of a file; null where it has none.</summary>
    private static string? PublicKey(string path)
    {
        try
        {
            return NatsKey.ReadPublic(path);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static bool IsNotification(ObjectDefinition definition) => definition is NotificationDefinition;

    private static string Kind(ObjectDefinition definition) => IsNotification(definition) ? "a notification" : "an endpoint";

    private static string Name(NatsDelivery delivery) => delivery == NatsDelivery.AtLeastOnce ? "at least once" : "at most once";
}
