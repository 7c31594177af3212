namespace Rel4.Cli.Tests;

/// <summary>Is a folder with a system file: a server, a client, an endpoint and two notifications.</summary>
internal sealed class SampleSystem : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rel4-cli-");

    /// <summary>Writes the file.</summary>
    /// <param name="client">The method of <see cref="Programs"/> that the client runs.</param>
    /// <param name="server">The method that the server runs.</param>
    /// <param name="rights">The client's rights to the server's endpoint.</param>
    public SampleSystem(
        string client = nameof(Programs.AskAndWait), string server = nameof(Programs.Serve), string rights = "\"write\", \"grant\", \"grantReply\"")
    {
        Path = Write($$"""
            {
              "endpoints": ["requests"],
              "notifications": ["served", "never"],
              "tasks": {
                "server": {
                  {{Program(server)}},
                  "grants": {
                    "requests": { "object": "requests", "rights": ["read", "grant"] },
                    "served": { "object": "served", "rights": ["write"], "badge": 2 }
                  }
                },
                "client": {
                  {{Program(client)}},
                  "grants": {
                    "service": { "object": "requests", "rights": [{{rights}}], "badge": 7 },
                    "never": { "object": "never", "rights": ["read"] }
                  },
                  "startAfter": ["server"]
                }
              }
            }
            """);
    }

    /// <summary>Gets the file.</summary>
    public string Path { get; }

    /// <summary>Writes another file into the folder.</summary>
    public string Write(string text, string name = "system.json")
    {
        string path = PathOf(name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Gets the path of a file in the folder.</summary>
    public string PathOf(string name) => System.IO.Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Names what a task runs, as in a system file.</summary>
    public static string Program(string method) => $$"""
        "program": "{{System.IO.Path.Combine(AppContext.BaseDirectory, "Rel4.Cli.Tests.dll")}}",
        "method": { "assembly": "Rel4.Cli.Tests", "type": "{{typeof(Programs).FullName}}", "name": "{{method}}" }
        """;
}
