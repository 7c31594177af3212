namespace Rel4.Cli.Metal;

/// <summary>A Bochs that can be run.</summary>
/// <param name="Command">The program and its first arguments.</param>
/// <param name="Environment">What it needs in its environment.</param>
internal sealed record BochsProgram(IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>The variable that names a Bochs of the user's own.</summary>
    public const string Setting = "REL4_BOCHS";

    /// <summary>Finds the user's own Bochs, or else the one in the cache, where it is fetched to the first time.</summary>
    /// <exception cref="EmulatorException">There is none, and why.</exception>
    public static async Task<BochsProgram> FindAsync(Action<string> onNotice, CancellationToken cancellationToken)
    {
        if (System.Environment.GetEnvironmentVariable(Setting) is { Length: > 0 } own)
            return File.Exists(own) ? new([own], new Dictionary<string, string>()) : throw new EmulatorException($"{Setting} names {own}, which is no file.");

        string folder = Path.Combine(Cache(), BochsPackage.FolderName);
        if (!Directory.Exists(folder))
            await new BochsPackage(folder).FetchAsync(onNotice, cancellationToken);
        return BochsPackage.ProgramIn(folder);
    }

    private static string Cache()
    {
        // A path that is not absolute is to be ignored (XDG Base Directory Specification 0.8).
        string? root = System.Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (!Path.IsPathFullyQualified(root ?? ""))
            root = Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(root!, "rel4");
    }
}
