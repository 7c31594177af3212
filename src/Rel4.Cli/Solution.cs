using System.Diagnostics;

namespace Rel4.Cli;

/// <summary>Builds everything in the repository.</summary>
internal static class Solution
{
    /// <summary>Builds the solution and returns null, or what the compiler said when that failed.</summary>
    public static async Task<string?> BuildAsync(Repository repository, CancellationToken cancellationToken)
    {
        var output = new List<string>();
        var startInfo = new ProcessStartInfo
        {
            ArgumentList = { "build", repository.Solution, "-c", "Release", "-v", "q", "--nologo" },
            WorkingDirectory = repository.Root,
        };
        int exitCode = await ChildProcess.RunDotnetAsync(startInfo, Keep, Keep, cancellationToken);
        return exitCode == 0 ? null : string.Join('\n', output);

        void Keep(string line)
        {
            lock (output)
                output.Add(line);
        }
    }
}
