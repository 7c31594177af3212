using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rel4.Hosted.Composition.Json;

/// <summary>Checks a system file against <see cref="SystemSchema"/>, so that a mistake is named by line and place, with what may stand there.</summary>
/// <param name="json">The file.</param>
/// <param name="source">What messages call it.</param>
/// <remarks>What passes can be deserialized. The deserializer's own messages name .NET's types, and null and NUL it lets pass.</remarks>
internal sealed class SystemDocumentCheck(byte[] json, string source)
{
    /// <summary>The longest text in bytes: Linux passes none to a program that is longer (MAX_ARG_STRLEN).</summary>
    private const int LongestText = (128 * 1024) - 1;

    private const int MostProblems = 50;

    /// <summary>Where the parts are that the definition's own check names, by its words for them.</summary>
    private readonly Dictionary<string, long> _places = [];

    /// <summary>Gets the mistakes that were found: all, or the first <see cref="MostProblems"/>.</summary>
    public List<SystemProblem> Problems { get; } = [];

    /// <summary>Checks the file.</summary>
    /// <exception cref="SystemDefinitionException">It has mistakes.</exception>
    /// <exception cref="JsonException">It is no JSON, from some place on.</exception>
    public void Run()
    {
        var options = new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        var reader = new Utf8JsonReader(json, options);
        reader.Read();
        CheckValue(ref reader, SystemSchema.Root, "$", part: "");
        // Throws if anything stands behind.
        _ = reader.Read();
        if (Problems.Count > 0)
            throw new SystemDefinitionException([.. Problems]);
    }

    /// <summary>Says where in the file a part of the definition is that has a mistake.</summary>
    public SystemProblem Locate(SystemProblem problem)
    {
        string part = problem.Where;
        while (!_places.ContainsKey(part) && part.LastIndexOf(", ", StringComparison.Ordinal) is > 0 and var end)
            part = part[..end];
        string line = _places.TryGetValue(part, out long position) ? $", line {LineOf(position)}" : "";
        return problem with { Where = $"{source}{line}, {problem.Where}" };
    }

    private void CheckValue(ref Utf8JsonReader reader, JsonObject schema, string path, string part)
    {
        string type = schema["enum"] is null ? (string)schema["type"]! : "enum";
        switch (type, reader.TokenType)
        {
            case ("object", JsonTokenType.StartObject):
                CheckObject(ref reader, schema, path, part);
                break;
            case ("array", JsonTokenType.StartArray):
                for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
                    CheckValue(ref reader, schema["items"]!.AsObject(), string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), part);
                break;
            case ("string", JsonTokenType.String):
                _ = ReadText(ref reader, path);
                break;
            case ("enum", JsonTokenType.String):
                CheckChoice(ref reader, schema["enum"]!.AsArray(), path);
                break;
            case ("integer" or "number", JsonTokenType.Number):
                CheckNumber(ref reader, schema, isWhole: type == "integer", path);
                break;
            case ("boolean", JsonTokenType.True or JsonTokenType.False):
                break;
            default:
                string found = reader.TokenType == JsonTokenType.Null ? "null means nothing here" : $"{Describe(reader.TokenType)} can't stand here";
                Refuse(reader, path, found, $"Give {Expected(type, schema)}");
                reader.Skip();
                break;
        }
    }

    private void CheckObject(ref Utf8JsonReader reader, JsonObject schema, string path, string part)
    {
        long start = reader.TokenStartIndex;
        var properties = schema["properties"] as JsonObject;
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (ReadText(ref reader, path) is not { } name)
            {
                reader.Skip();
                continue;
            }

            string place = name.All(char.IsAsciiLetterOrDigit) ? $"{path}.{name}" : $"{path}['{name}']";
            JsonNode? value = properties is null ? schema["additionalProperties"] : properties[name];
            if (!names.Add(name))
                Refuse(reader, place, "the name is there already", "Give each a name of its own");
            else if (value is null)
                Refuse(reader, place, $"nothing is called '{name}' here", $"Choose from {Choice(properties!.Select(property => property.Key))}");
            else
            {
                string inner = NameOf(part, name);
                _places.TryAdd(inner, reader.TokenStartIndex);
                reader.Read();
                CheckValue(ref reader, value.AsObject(), place, inner);
                continue;
            }

            reader.Skip();
        }

        foreach (string missing in schema["required"]?.AsArray().Select(name => (string)name!).Where(name => !names.Contains(name)) ?? [])
            Refuse(start, path, $"'{missing}' is missing", $"Add {Expected(properties![missing]!.AsObject())} of that name");
    }

    /// <summary>Calls a part as <see cref="SystemValidation"/> does.</summary>
    private static string NameOf(string part, string name) => part switch
    {
        "" => name,
        "tasks" => $"task '{name}'",
        "nats, exports" => $"nats, export '{name}'",
        "nats, imports" => $"nats, import '{name}'",
        _ when part.EndsWith("', grants", StringComparison.Ordinal) => $"{part[..^1]} '{name}'",
        _ when part.EndsWith("', memory", StringComparison.Ordinal) => $"{part} '{name}'",
        _ => $"{part}, {name}",
    };

    private void CheckChoice(ref Utf8JsonReader reader, JsonArray choices, string path)
    {
        string? text = ReadText(ref reader, path);
        string[] allowed = [.. choices.Select(choice => (string)choice!)];
        if (text is not null && !allowed.Contains(text))
            Refuse(reader, path, $"'{text}' is not known here", $"Give {Choice(allowed)}");
    }

    private void CheckNumber(ref Utf8JsonReader reader, JsonObject schema, bool isWhole, string path)
    {
        string text = Encoding.UTF8.GetString(reader.ValueSpan);
        bool isRead = isWhole
            ? decimal.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal whole)
                && whole >= Bound(schema, "minimum") && whole <= Bound(schema, "maximum")
                && !(schema["not"] is JsonObject gap && whole >= Bound(gap, "minimum") && whole <= Bound(gap, "maximum"))
            : reader.TryGetDouble(out double number) && double.IsFinite(number) && number >= (double)Bound(schema, "minimum")
                && (schema["maximum"] is null || number <= (double)Bound(schema, "maximum"));
        if (!isRead)
            Refuse(reader, path, $"{text} can't be", $"Give {Expected(schema)}");
    }

    /// <returns>Null if it can't be, which is told.</returns>
    private string? ReadText(ref Utf8JsonReader reader, string path)
    {
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            Refuse(reader, path, "a text has half of a character that is written in two (surrogates)", "Write both, or neither");
            return null;
        }

        if (text.Contains('\0'))
            Refuse(reader, path, $"'{text}' has a NUL in it, where Linux ends a text", "Leave it out");
        else if (Encoding.UTF8.GetByteCount(text) > LongestText)
            Refuse(reader, path, $"the text has more than {LongestText} bytes, and Linux passes no more to a program", "Shorten it");
        else
            return text;
        return null;
    }

    private static decimal Bound(JsonObject schema, string name) => decimal.Parse(schema[name]!.ToJsonString(), CultureInfo.InvariantCulture);

    private static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object ({...})",
        JsonTokenType.StartArray => "a list ([...])",
        JsonTokenType.String => "a text",
        JsonTokenType.Number => "a number",
        _ => "true or false",
    };

    private static string Expected(JsonObject schema) => Expected(schema["enum"] is null ? (string)schema["type"]! : "enum", schema);

    private static string Expected(string type, JsonObject schema) => type switch
    {
        "object" => "an object ({...})",
        "array" => "a list ([...])",
        "string" => "a text",
        "boolean" => "true or false",
        "enum" => Choice(schema["enum"]!.AsArray().Select(choice => (string)choice!)),
        _ => $"a {(type == "integer" ? "whole " : "")}number, {(schema["not"] is JsonObject gap ? $"0 or {Bound(gap, "maximum") + 1}" : schema["minimum"])}{(schema["maximum"] is { } most ? $" to {most}" : " or more")}",
    };

    private static string Choice(IEnumerable<string> names) => string.Join(", ", names) is var all && all.LastIndexOf(", ", StringComparison.Ordinal) is > 0 and var last
        ? $"{all[..last]} or {all[(last + 2)..]}"
        : all;

    private void Refuse(in Utf8JsonReader reader, string path, string what, string fix) => Refuse(reader.TokenStartIndex, path, what, fix);

    private void Refuse(long position, string path, string what, string fix)
    {
        string place = path.Length > 1 ? $", {path}" : "";
        Problems.Add(new SystemProblem($"{source}, line {LineOf(position)}{place}", what, fix));
        if (Problems.Count == MostProblems)
            throw new SystemDefinitionException([.. Problems]);
    }

    private string LineOf(long position) => (json.AsSpan(0, (int)position).Count((byte)'\n') + 1).ToString(CultureInfo.InvariantCulture);
}
