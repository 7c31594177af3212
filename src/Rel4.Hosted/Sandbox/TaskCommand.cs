using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Rel4.Hosted.Sandbox;

/// <summary>Says which program a task runs and what it is handed at start.</summary>
internal sealed record TaskCommand
{
    /// <summary>Gets the path of the program.</summary>
    public required string Executable { get; init; }

    /// <summary>Gets its arguments, without its own name.</summary>
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>
    /// Gets its environment, to which only the settings that a sandbox needs are added. None of the caller's is passed on.
    /// </summary>
    /// <remarks>
    /// What is set here stands. By default .NET's diagnostics are off (<c>DOTNET_EnableDiagnostics=0</c>): who turns them on opens the task to
    /// whoever runs as its user. <c>TMPDIR</c> is its private folder, <c>DOTNET_ROOT</c> the installation of this process, and files are
    /// polled for changes (<c>DOTNET_USE_POLLING_FILE_WATCHER=1</c>), since inotify shows what others do. With the internet <c>HOME</c> is the
    /// private folder, too: there .NET looks for certificates.
    /// </remarks>
    public ImmutableDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>
    /// Gets what it has open besides input, output and error: its descriptor number, from 3 on, and the handle it is a copy of.
    /// </summary>
    public ImmutableDictionary<int, SafeHandle> Descriptors { get; init; } = ImmutableDictionary<int, SafeHandle>.Empty;

    /// <summary>Gets the folder of the program's own files, which it may read.</summary>
    /// <value>By default the folder of the executable.</value>
    public string? ProgramFolder { get; init; }

    /// <summary>Gets how it is open to debuggers; null if it is not.</summary>
    internal DebugPolicy? Debug { get; init; }

    /// <summary>Gets files that it can't start without, where they are there.</summary>
    internal ImmutableArray<string> NeededFiles { get; init; } = [];

    /// <summary>Makes a command that runs an assembly under the .NET host of this process.</summary>
    /// <param name="assembly">The path of the assembly, beside which its <c>.runtimeconfig.json</c> lies.</param>
    /// <param name="arguments">The arguments of its <c>Main</c>.</param>
    /// <exception cref="FileNotFoundException">This process runs without a .NET installation.</exception>
    public static TaskCommand ForAssembly(string assembly, params IEnumerable<string> arguments)
    {
        string path = Path.GetFullPath(assembly);
        return new TaskCommand
        {
            Executable = DotnetInstallation.Host,
            Arguments = [path, .. arguments],
            ProgramFolder = Path.GetDirectoryName(path),
            NeededFiles = [path, Path.ChangeExtension(path, ".runtimeconfig.json"), Path.ChangeExtension(path, ".deps.json")],
        };
    }
}
