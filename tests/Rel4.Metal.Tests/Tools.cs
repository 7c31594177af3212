namespace Rel4.Metal.Tests;

/// <summary>Finds the programs that building and booting an image needs.</summary>
internal static class Tools
{
    private static readonly (string Program, string Package)[] Needed =
    [
        ("qemu-system-x86_64", "qemu-system-x86"),
        ("nasm", "nasm"),
        ("ld.lld", "lld"),
    ];

    /// <summary>Throws if one is missing, and says what to install: a proof that did not run is no proof.</summary>
    public static void Require()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        string[] missing =
        [
            .. Needed.Where(tool => !folders.Any(folder => File.Exists(Path.Combine(folder, tool.Program)))).Select(tool => tool.Package),
        ];
        if (missing.Length != 0)
            throw new InvalidOperationException($"The Metal images need Debian packages that are missing: apt-get install {string.Join(' ', missing)}");
    }
}
