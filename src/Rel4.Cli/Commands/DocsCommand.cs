using System.CommandLine;
using System.Diagnostics;
using Rel4.Cli.Testing;
using Spectre.Console;

namespace Rel4.Cli.Commands;

/// <summary>Makes a site of the pages in docs/ and a reference of the packages' interfaces: <c>rel4 docs</c>.</summary>
internal static class DocsCommand
{
    private const string Examples = """
        Examples:
          ./rel4 docs                                   makes artifacts/docs/site/index.html
          dotnet docfx serve artifacts/docs/site        shows it at http://localhost:8080, where its search works

        The reference is made from the comments of the packages' public types and members, but those that are for generated code and hidden from editors. A link that leads nowhere, or any other warning, fails.
        What makes the site, docfx, is restored from where packages come from; after the first time that needs no network.
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create(Repository repository)
    {
        var command = new DocumentedCommand("docs", "Makes a site of the pages and the interface's reference.", Examples);
        command.SetAction((_, cancellationToken) => RunAsync(repository, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Repository repository, CancellationToken cancellationToken)
    {
        IAnsiConsole console = Terminal.Open();
        var report = new TestReport(console, repository);
        try
        {
            string? errors = await report.FollowAsync("Building", () => Solution.BuildAsync(repository, cancellationToken))
                ?? await report.FollowAsync("Making the site", () => MakeAsync(repository, cancellationToken));
            console.WriteLine(errors ?? $"{Path.Combine(repository.Site, "index.html")} is made.");
            return errors is null ? ExitCode.Success : ExitCode.Failure;
        }
        catch (OperationCanceledException)
        {
            console.WriteLine("Stopped.");
            return ExitCode.Interrupted;
        }
    }

    /// <summary>Makes the site and returns null, or what docfx said when that failed.</summary>
    private static async Task<string?> MakeAsync(Repository repository, CancellationToken cancellationToken)
    {
        // What was made from types that are gone would stay.
        if (Directory.Exists(repository.Site))
            Directory.Delete(Path.GetDirectoryName(repository.Site)!, recursive: true);
        return await DotnetAsync(repository, ["tool", "restore"], cancellationToken)
            ?? await DotnetAsync(repository, ["docfx", "docfx.json", "--warningsAsErrors", "--logLevel", "warning"], cancellationToken);
    }

    private static async Task<string?> DotnetAsync(Repository repository, string[] arguments, CancellationToken cancellationToken)
    {
        var output = new List<string>();
        int exitCode = await ChildProcess.RunDotnetAsync(
            new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = repository.Root }, Keep, Keep, cancellationToken);
        return exitCode == 0 ? null : string.Join('\n', output);

        void Keep(string line)
        {
            lock (output)
                output.Add(line);
        }
    }
}
