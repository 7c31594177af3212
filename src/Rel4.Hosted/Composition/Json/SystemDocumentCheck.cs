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

    /// <summary>Checks the file.</summary>
    /// <exception cref="SystemDefinitionException">It has a mistake; the first is told.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public void Run()
    {
        var options = new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        var reader = new Utf8JsonReader(json, options);
        reader.Read();
        CheckValue(ref reader, SystemSchema.Root, "$");
        // Throws if anything stands behind.
        _ = reader.Read();
    }

    private void CheckValue(ref Utf8JsonReader reader, JsonObject schema, string path)
    {
        string type = schema["enum"] is null ? (string)schema["type"]! : "enum";
        switch (type, reader.TokenType)
        {
            case ("object", JsonTokenType.StartObject):
                CheckObject(ref reader, schema, path);
                break;
            case ("array", JsonTokenType.StartArray):
                for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
                    CheckValue(ref reader, schema["items"]!.AsObject(), string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"));
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
            default:
                string found = reader.TokenType == JsonTokenType.Null ? "null means nothing here" : $"{Describe(reader.TokenType)} can't stand here";
                throw Refuse(reader, path, found, $"Give {Expected(type, schema)}");
        }
    }

    private void CheckObject(ref Utf8JsonReader reader, JsonObject schema, string path)
    {
        long start = reader.TokenStartIndex;
        var properties = schema["properties"] as JsonObject;
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = ReadText(ref reader, path);
            string place = name.All(char.IsAsciiLetterOrDigit) ? $"{path}.{name}" : $"{path}['{name}']";
            if (!names.Add(name))
                throw Refuse(reader, place, "the name is there already", "Give each a name of its own");
            JsonNode? value = properties is null ? schema["additionalProperties"] : properties[name];
            if (value is null)
                throw Refuse(reader, place, $"nothing is called '{name}' here", $"Choose from {Choice(properties!.Select(property => property.Key))}");
            reader.Read();
            CheckValue(ref reader, value.AsObject(), place);
        }

        string? missing = schema["required"]?.AsArray().Select(name => (string)name!).FirstOrDefault(name => !names.Contains(name));
        if (missing is not null)
            throw Refuse(start, path, $"'{missing}' is missing", $"Add {Expected(properties![missing]!.AsObject())} of that name");
    }

    private void CheckChoice(ref Utf8JsonReader reader, JsonArray choices, string path)
    {
        string text = ReadText(ref reader, path);
        string[] allowed = [.. choices.Select(choice => (string)choice!)];
        if (!allowed.Contains(text))
            throw Refuse(reader, path, $"'{text}' is not known here", $"Give {Choice(allowed)}");
    }

    private void CheckNumber(ref Utf8JsonReader reader, JsonObject schema, bool isWhole, string path)
    {
        string text = Encoding.UTF8.GetString(reader.ValueSpan);
        bool isRead = isWhole
            ? decimal.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal whole)
                && whole >= Bound(schema, "minimum") && whole <= Bound(schema, "maximum")
            : reader.TryGetDouble(out double number) && double.IsFinite(number) && number >= (double)Bound(schema, "minimum")
                && (schema["maximum"] is null || number <= (double)Bound(schema, "maximum"));
        if (!isRead)
            throw Refuse(reader, path, $"{text} can't be", $"Give {Expected(schema)}");
    }

    private string ReadText(ref Utf8JsonReader reader, string path)
    {
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refuse(reader, path, "a text has half of a character that is written in two (surrogates)", "Write both, or neither");
        }

        if (text.Contains('\0'))
            throw Refuse(reader, path, $"'{text}' has a NUL in it, where Linux ends a text", "Leave it out");
        return Encoding.UTF8.GetByteCount(text) <= LongestText ? text
            : throw Refuse(reader, path, $"the text has more than {LongestText} bytes, and Linux passes no more to a program", "Shorten it");
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
        "enum" => Choice(schema["enum"]!.AsArray().Select(choice => (string)choice!)),
        _ => $"a {(type == "integer" ? "whole " : "")}number, {schema["minimum"]}{(schema["maximum"] is { } most ? $" to {most}" : " or more")}",
    };

    private static string Choice(IEnumerable<string> names) => string.Join(", ", names) is var all && all.LastIndexOf(", ", StringComparison.Ordinal) is > 0 and var last
        ? $"{all[..last]} or {all[(last + 2)..]}"
        : all;

    private SystemDefinitionException Refuse(in Utf8JsonReader reader, string path, string what, string fix) =>
        Refuse(reader.TokenStartIndex, path, what, fix);

    private SystemDefinitionException Refuse(long position, string path, string what, string fix)
    {
        int line = json.AsSpan(0, (int)position).Count((byte)'\n') + 1;
        string place = path.Length > 1 ? $", {path}" : "";
        return new SystemDefinitionException([new SystemProblem(string.Create(CultureInfo.InvariantCulture, $"{source}, line {line}{place}"), what, fix)]);
    }
}
