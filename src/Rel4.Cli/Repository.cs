namespace Rel4.Cli;

/// <summary>Knows where the parts of this repository lie.</summary>
internal sealed class Repository
{
    private const string SolutionName = "Rel4.slnx";

    private Repository(string root) => Root = root;

    /// <summary>Gets the folder that holds the solution.</summary>
    public string Root { get; }

    /// <summary>Gets the path of the solution file.</summary>
    public string Solution => Path.Combine(Root, SolutionName);

    /// <summary>Gets the folder that the site of pages and reference is made in, as docfx.json says.</summary>
    public string Site => Path.Combine(Root, "artifacts", "docs", "site");

    /// <summary>Finds the repository that this program was built in; null if it was installed as a tool.</summary>
    public static Repository? Find()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, SolutionName)))
                return new Repository(folder);
        return null;
    }

    /// <summary>Gets where a Release build leaves a project's output.</summary>
    public string OutputOf(string projectName) => Path.Combine(Root, "artifacts", "bin", projectName, "release");
}
