using System.ComponentModel;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Rel4.Hosted.Composition.Json;

namespace Rel4.Hosted.Composition;

/// <summary>Reads systems from JSON files, and tells the schema of those.</summary>
public static class SystemFile
{
    /// <summary>Reads a system.</summary>
    /// <param name="path">The file. Relative paths in it start at its folder.</param>
    /// <exception cref="SystemDefinitionException">The file does not follow the schema, or what it says makes no sense.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static SystemDefinition Load(string path)
    {
        string full = Path.GetFullPath(path);
        return Parse(File.ReadAllText(full), Path.GetDirectoryName(full)!, Path.GetFileName(full));
    }

    /// <summary>Reads a system from text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="folder">The folder that relative paths start at.</param>
    /// <param name="source">What messages call the text.</param>
    /// <exception cref="SystemDefinitionException">The text does not follow the schema, or what it says makes no sense.</exception>
    public static SystemDefinition Parse(string json, string folder, string source = "the text")
    {
        try
        {
            RefuseNull(Encoding.UTF8.GetBytes(json));
            return new SystemDocumentReader(folder).Read(JsonSerializer.Deserialize(json, SystemDocumentContext.Default.SystemDocument)!);
        }
        catch (JsonException error)
        {
            throw new SystemDefinitionException([Explain(error, source)]);
        }
    }

    /// <summary>Writes the JSON schema of system files.</summary>
    public static string WriteSchema()
    {
        JsonNode schema = SystemDocumentContext.Default.SystemDocument.GetJsonSchemaAsNode(
            new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe });
        var head = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = "reL4 system" };
        foreach ((string name, JsonNode? value) in schema.AsObject())
            head[name] = value?.DeepClone();
        using var text = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(text, options))
            head.WriteTo(writer);
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length) + "\n";
    }

    /// <summary>Refuses null wherever it stands. It means nothing in a system file, and the deserializer lets it pass in lists.</summary>
    private static void RefuseNull(byte[] json)
    {
        var options = new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        var reader = new Utf8JsonReader(json, options);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.Null)
            {
                int line = json.AsSpan(0, (int)reader.TokenStartIndex).Count((byte)'\n');
                throw new JsonException("null means nothing here", path: null, line, bytePositionInLine: null);
            }
        }
    }

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        // Where the model has null, the file leaves the value out.
        if (schema is JsonObject value && value["type"] is JsonArray types)
            value["type"] = types.First(type => (string?)type != "null")!.DeepClone();
        object[]? attributes = context.PropertyInfo is { } property
            ? property.AttributeProvider?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false)
            : context.TypeInfo.Type.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false);
        if (schema is not JsonObject node || attributes is not [DescriptionAttribute description])
            return schema;
        node.Insert(0, "description", description.Description);
        return node;
    }

    private static SystemProblem Explain(JsonException error, string source)
    {
        string line = error.LineNumber is { } number ? $", line {number + 1}" : "";
        string place = error.Path is { Length: > 1 } path ? $", {path}" : "";
        string message = error.Message.Split(" Path: ")[0].TrimEnd('.');
        return new SystemProblem($"{source}{line}{place}", message, "docs/system.schema.json says what a system file may hold");
    }
}
