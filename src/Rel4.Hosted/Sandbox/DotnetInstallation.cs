using System.Runtime.InteropServices;

namespace Rel4.Hosted.Sandbox;

/// <summary>Finds the .NET installation that runs this process; a task of the same installation must be able to read it.</summary>
internal static class DotnetInstallation
{
    /// <summary>Gets the root folder, or null if the runtime is part of the program.</summary>
    public static string? Root { get; } = FindRoot();

    /// <summary>Gets the path of the host <c>dotnet</c>, or null if there is none.</summary>
    public static string? Host => Root is { } root && File.Exists(Path.Combine(root, "dotnet")) ? Path.Combine(root, "dotnet") : null;

    private static string? FindRoot()
    {
        // The runtime lies in <root>/shared/Microsoft.NETCore.App/<version>/.
        string runtime = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
        string? shared = Path.GetDirectoryName(Path.GetDirectoryName(runtime));
        return shared is not null && Path.GetFileName(shared) == "shared" ? Path.GetDirectoryName(shared) : null;
    }
}
