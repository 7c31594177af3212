using System.Runtime.InteropServices;

namespace Rel4.Hosted.Sandbox;

/// <summary>Finds the .NET installation that runs this process; a task of the same installation must be able to read it.</summary>
internal static class DotnetInstallation
{
    /// <summary>Gets the root folder, or null if the runtime is part of the program.</summary>
    public static string? Root { get; } = FindRoot();

    /// <summary>Gets the path of the host <c>dotnet</c>.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static string Host => HostIn(Root);

    /// <summary>Gets the path of the host <c>dotnet</c> of an installation.</summary>
    /// <param name="root">Its folder, or null if the runtime is part of the program.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    internal static string HostIn(string? root)
    {
        const string Fix = "Start with one that is installed (dotnet PROGRAM.dll), or give tasks as executables.";
        if (root is null)
            throw new FileNotFoundException($"No 'dotnet' can run the tasks: this program carries its runtime with it. {Fix}");
        string host = Path.Combine(root, "dotnet");
        return File.Exists(host) ? host
            : throw new FileNotFoundException($"There is no program {host} to run the tasks: the .NET installation is not whole. {Fix}", host);
    }

    private static string? FindRoot()
    {
        // The runtime lies in <root>/shared/Microsoft.NETCore.App/<version>/.
        string runtime = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
        string? shared = Path.GetDirectoryName(Path.GetDirectoryName(runtime));
        return shared is not null && Path.GetFileName(shared) == "shared" ? Path.GetDirectoryName(shared) : null;
    }
}
