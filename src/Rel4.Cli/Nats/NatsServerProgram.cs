using System.ComponentModel;
using System.Diagnostics;
using Rel4.Cli.Commands;

namespace Rel4.Cli.Nats;

/// <summary>Runs <c>nats-server</c>.</summary>
internal static class NatsServerProgram
{
    /// <summary>Has it check a configuration.</summary>
    /// <exception cref="CommandFailure">It refuses it, or is not installed.</exception>
    public static async Task CheckAsync(string users, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("rel4-nats-").FullName;
        try
        {
            string file = Path.Combine(folder, "users.conf");
            await File.WriteAllTextAsync(file, users, cancellationToken);
            await RunToEndAsync(["-t", "-c", file], "nats-server refuses what 'rel4 nats users' writes", cancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Has a running one read its configuration anew.</summary>
    /// <param name="server">Its process, or the file with that.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="CommandFailure">There is none, or it is another user's, or the program is not installed.</exception>
    public static Task ReloadAsync(string server, CancellationToken cancellationToken)
    {
        // The signal ends most other programs, and the file may be of one that has ended.
        string process = File.Exists(server) ? File.ReadAllText(server).Trim() : server, name = $"/proc/{process}/comm";
        return process.All(char.IsAsciiDigit) && File.Exists(name) && File.ReadAllText(name).Trim() == "nats-server"
            ? RunToEndAsync(["--signal", $"reload={process}"], $"the server {server} was not told", cancellationToken)
            : throw new CommandFailure($"{server} is no nats-server that runs, so none was told. Give its process, or its pid_file.");
    }

    /// <summary>Runs it until it ends or is stopped.</summary>
    /// <exception cref="CommandFailure">It is not installed.</exception>
    public static Task<int> RunAsync(string[] arguments, Action<string> onLine, CancellationToken cancellationToken) =>
        IfInstalledAsync(() => ChildProcess.RunAsync(new ProcessStartInfo("nats-server", arguments), onLine, onLine, cancellationToken));

    private static async Task RunToEndAsync(string[] arguments, string failure, CancellationToken cancellationToken)
    {
        var said = new List<string>();
        int exitCode = await RunAsync(arguments, Keep, cancellationToken);
        if (exitCode != 0)
            throw new CommandFailure($"{failure}: {string.Join(' ', said)}");

        void Keep(string line)
        {
            lock (said)
                said.Add(line);
        }
    }

    private static async Task<int> IfInstalledAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Win32Exception)
        {
            throw new CommandFailure("nats-server is not installed. Get it (apt-get install nats-server).");
        }
    }
}
