namespace Rel4.Cli.Doctor;

/// <summary>Is a program that the tests run.</summary>
/// <param name="Command">Its command.</param>
/// <param name="Package">The Debian package that it is in.</param>
/// <param name="Purpose">What it is for.</param>
internal sealed record Tool(string Command, string Package, string Purpose)
{
    /// <summary>Gets where it is; null if it is not installed.</summary>
    public string? Path => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => System.IO.Path.Combine(folder, Command)).FirstOrDefault(File.Exists);

    /// <summary>Gets all of them.</summary>
    public static IReadOnlyList<Tool> All()
    {
        using Stream list = typeof(Tool).Assembly.GetManifestResourceStream("tools.txt")!;
        using var reader = new StreamReader(list);
        return
        [
            .. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => !line.StartsWith('#'))
                .Select(line => line.Split(' ', 3))
                .Select(words => new Tool(words[0], words[1], words[2])),
        ];
    }
}
