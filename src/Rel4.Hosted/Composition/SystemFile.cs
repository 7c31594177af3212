using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rel4.Hosted.Composition.Json;

namespace Rel4.Hosted.Composition;

/// <summary>Reads systems from JSON files, and tells the schema of those.</summary>
public static class SystemFile
{
    private const string SchemaPage = "docs/system.schema.json says what a system file may hold";

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
        SystemDocument document = Read(json, source, out SystemDocumentCheck check);
        try
        {
            return new SystemDocumentReader(folder).Read(document);
        }
        catch (SystemDefinitionException mistakes)
        {
            throw Located(mistakes, check);
        }
    }

    /// <summary>Reads a task that is to be added to a running system, and adds it: a system file that has one task, and nothing else.</summary>
    /// <param name="file">The file.</param>
    /// <param name="objects">What is in the system, which the task may be granted.</param>
    /// <param name="add">Adds the task.</param>
    /// <exception cref="SystemDefinitionException">The text does not follow the schema, or what it says makes no sense, by itself or in that system.</exception>
    internal static async Task AddTaskAsync(TaskFile file, ImmutableArray<ObjectDefinition> objects, Func<TaskDefinition, Task> add)
    {
        SystemDocument document = Read(file.Json, file.Source, out SystemDocumentCheck check);
        (string Part, bool IsThere)[] parts =
        [
            ("kernel", document.Kernel is not null), ("endpoints", document.Endpoints.Length > 0),
            ("notifications", document.Notifications.Length > 0), ("frames", document.Frames.Count > 0), ("nats", document.Nats is not null),
        ];
        SystemProblem[] problems =
        [
            .. parts.Where(part => part.IsThere).Select(part => new SystemProblem(
                part.Part, "a system that runs has its own, and none can be added", "Leave it out, and grant what the system has ('rel4 top')")),
            .. document.Tasks.Count == 1 ? [] : new[] { new SystemProblem("tasks", $"{document.Tasks.Count} tasks can't be added at once", "Give a file with one task for each") },
        ];
        try
        {
            if (problems.Length > 0)
                throw new SystemDefinitionException([.. problems]);
            (string name, TaskDocument task) = document.Tasks.Single();
            await add(new SystemDocumentReader(file.Folder).Read(name, task, objects)).ConfigureAwait(false);
        }
        catch (SystemDefinitionException mistakes)
        {
            throw Located(mistakes, check);
        }
    }

    private static SystemDocument Read(string json, string source, out SystemDocumentCheck check)
    {
        if (string.IsNullOrWhiteSpace(json))
            throw new SystemDefinitionException([new SystemProblem($"{source}, line 1", "it is empty", $"{SchemaPage}, and docs/systems.md has an example")]);
        check = new SystemDocumentCheck(Encoding.UTF8.GetBytes(json), source);
        try
        {
            check.Run();
            return JsonSerializer.Deserialize(json, SystemDocumentContext.Default.SystemDocument)!;
        }
        catch (JsonException error)
        {
            throw new SystemDefinitionException([.. check.Problems, Explain(error, source)]);
        }
    }

    private static SystemDefinitionException Located(SystemDefinitionException mistakes, SystemDocumentCheck check) => new([.. mistakes.Problems.Select(check.Locate)]);

    /// <summary>Writes the JSON schema of system files.</summary>
    public static string WriteSchema()
    {
        var head = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = "reL4 system" };
        foreach ((string name, JsonNode? value) in SystemSchema.Root)
            head[name] = value?.DeepClone();
        using var text = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(text, options))
            head.WriteTo(writer);
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length) + "\n";
    }

    private static SystemProblem Explain(JsonException error, string source)
    {
        string line = error.LineNumber is { } number ? $", line {number + 1}" : "";
        string message = error.Message.Split([" Path: ", " LineNumber: "], StringSplitOptions.None)[0].TrimEnd('.');
        return new SystemProblem($"{source}{line}", $"it is no JSON: {message}", SchemaPage);
    }
}
