using System.CommandLine;
using System.Globalization;
using Rel4.Cli.Nats;
using Rel4.Hosted.Composition;
using Rel4.Nats;

namespace Rel4.Cli.Commands;

/// <summary>Makes what systems on several machines need of NATS: <c>rel4 nats</c>.</summary>
internal static class NatsCommand
{
    private const int DefaultPort = 4222;

    private const string Examples = """
        Examples:
          ./rel4 nats key gateway.nk                         makes a key, and prints the public one
          ./rel4 nats check store.json gateway.json          do they mean the same?
          ./rel4 nats serve store.json gateway.json          a server for development, with their users
          ./rel4 nats users store.json -o users.conf         the users, for servers' configurations to include

        docs/nats.md has a first example, and says what a grant is.
        """;

    private const string KeyExamples = """
        Examples:
          ./rel4 nats key gateway.nk     makes the file, which only its owner may read, and prints the public key
          ./rel4 nats key gateway.nk     prints it again: a file that is there stays as it is
        """;

    private const string UsersExamples = """
        Examples:
          ./rel4 nats users store.json                                   shows them
          ./rel4 nats users store.json -o users.conf                     the servers' configurations say: include "users.conf"
          ./rel4 nats users store.json -o users.conf --reload 4711       and the server that runs as process 4711 reads it anew
          ./rel4 nats users store.json -o users.conf --reload nats.pid   the same by its file of that (pid_file)

        Name the files of all systems that export something. Each server needs the file. Who is in it no more is cut off when the server has read it.
        """;

    private const string CheckExamples = """
        Examples:
          ./rel4 nats check store-1.json store-2.json gateway.json     all that use the same servers

        Looks that what is imported is exported: subject, grant, key, kind and delivery; that all that export a subject say the same of it; and that
        nats-server takes what 'rel4 nats users' writes of them.
        """;

    private const string ServeExamples = """
        Examples:
          ./rel4 nats serve store.json gateway.json       on 127.0.0.1, at the port of the first server that they name, until Ctrl-C
          ./rel4 nats serve store.json --port 4333        at another one

        What JetStream keeps is in a temporary folder, which goes with the server. After a change of the files have it read the users anew, by the
        command that it prints.
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create() => new DocumentedCommand("nats", "Keys, users and servers of systems on several machines.", Examples)
    {
        CreateKey(), CreateUsers(), CreateCheck(), CreateServe(),
    };

    private static DocumentedCommand CreateKey()
    {
        var file = new Argument<string>("FILE") { Description = "Where its seed is, which is secret." };
        var command = new DocumentedCommand("key", "Makes the key of a user, and prints its public one.", KeyExamples) { file };
        command.SetAction((parsed, _) => CatchAsync(() =>
        {
            string path = parsed.GetRequiredValue(file);
            Console.WriteLine(File.Exists(path) ? NatsKey.ReadPublic(path) : NatsKey.Create(path));
            return Task.CompletedTask;
        }));
        return command;
    }

    private static DocumentedCommand CreateUsers()
    {
        Argument<string[]> files = Files();
        var output = new Option<string?>("--output", "-o") { Description = "The file to write; standard output if left out.", HelpName = "FILE" };
        var reload = new Option<string?>("--reload") { Description = "The process of a server, or the file with that, that then reads it anew.", HelpName = "PID" };
        var command = new DocumentedCommand("users", "Writes who may do what, for servers' configurations.", UsersExamples) { files, output, reload };
        command.SetAction((parsed, cancellationToken) => CatchAsync(async () =>
        {
            string[] names = parsed.GetRequiredValue(files);
            string? file = parsed.GetValue(output), server = parsed.GetValue(reload);
            if (server is not null && file is null)
                throw new CommandFailure("--reload needs --output: the server reads the file that it includes.");
            string text = Write(names, NatsSystem.Load(names), file);
            if (file is null)
                Console.Write(text);
            else
                OutputFile.Write(file, text);
            if (server is not null)
                await NatsServerProgram.ReloadAsync(server, cancellationToken);
        }));
        return command;
    }

    private static DocumentedCommand CreateCheck()
    {
        Argument<string[]> files = Files();
        var command = new DocumentedCommand("check", "Checks systems that import against those that export.", CheckExamples) { files };
        command.SetAction((parsed, cancellationToken) => CatchAsync(async () =>
        {
            NatsSystem[] systems = NatsSystem.Load(parsed.GetRequiredValue(files));
            SystemProblem[] problems = [.. Agreement.Check(systems)];
            if (problems.Length > 0)
                throw new CommandFailure(string.Join("\nrel4: ", problems.AsEnumerable()));
            await NatsServerProgram.CheckAsync(NatsServerUsers.Write(systems.Select(system => system.Nats)), cancellationToken);
            Console.WriteLine($"{systems.Sum(system => system.Nats.Imports.Length)} imports, {systems.Sum(system => system.Nats.Exports.Length)} exports: they fit");
        }));
        return command;
    }

    private static DocumentedCommand CreateServe()
    {
        Argument<string[]> files = Files();
        Option<int?> port = NumberOption.Create<int>("--port", "Where it listens. By default the port of the first server that the systems name.", "PORT", "a port", 1, 65535);
        var command = new DocumentedCommand("serve", "Runs a server for development, with the systems' users.", ServeExamples) { files, port };
        command.SetAction((parsed, cancellationToken) => CatchAsync(() => ServeAsync(parsed.GetRequiredValue(files), parsed.GetValue(port), cancellationToken)));
        return command;
    }

    private static async Task ServeAsync(string[] names, int? port, CancellationToken cancellationToken)
    {
        NatsSystem[] systems = NatsSystem.Load(names);
        Uri[] servers = [.. systems.SelectMany(system => system.Nats.Servers).Select(server => new Uri(server))];
        if (servers.FirstOrDefault(server => server.Scheme != "nats") is { } secured)
            throw new CommandFailure($"This server has no certificate, and a system wants {secured.OriginalString}. Write nats://, or start nats-server itself with one (docs/nats.md).");
        int chosen = port ?? (servers[0].Port > 0 ? servers[0].Port : DefaultPort);
        string folder = Directory.CreateTempSubdirectory("rel4-nats-").FullName;
        try
        {
            string users = Path.Combine(folder, "users.conf"), server = Path.Combine(folder, "nats.conf"), process = Path.Combine(folder, "nats.pid");
            await File.WriteAllTextAsync(users, Write(names, systems, users), cancellationToken);
            await File.WriteAllTextAsync(
                server,
                string.Create(CultureInfo.InvariantCulture, $$"""
                    host: 127.0.0.1
                    port: {{chosen}}
                    pid_file: "{{process}}"
                    jetstream { store_dir: "{{folder}}" }
                    include "users.conf"

                    """),
                cancellationToken);
            await Console.Error.WriteLineAsync($"rel4: nats://127.0.0.1:{chosen}; Ctrl-C stops it. When a file has changed: rel4 nats users {string.Join(' ', names)} -o {users} --reload {process}");
            int exitCode = await NatsServerProgram.RunAsync(["-c", server], Console.Error.WriteLine, cancellationToken);
            if (!cancellationToken.IsCancellationRequested)
                throw new CommandFailure($"nats-server has ended: exit code {exitCode}.");
        }
        catch (OperationCanceledException)
        {
            // By Ctrl-C, as it is meant to.
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Argument<string[]> Files() => new("SYSTEM.json") { Description = "System files (docs/nats.md).", Arity = ArgumentArity.OneOrMore };

    /// <summary>Writes the users, and above them how a server gets to know them.</summary>
    private static string Write(string[] names, NatsSystem[] systems, string? file)
    {
        if (systems.All(system => system.Nats.Exports.IsEmpty))
            throw new CommandFailure($"{string.Join(", ", names)}: nothing is exported, so there is no user. Name the files of the systems that export.");
        string own = file is null ? "FILE" : Path.GetFileName(file);
        return $"""
            # What users may do, as 'rel4 nats users {string.Join(' ', names)}' writes it. Each server's configuration includes it:
            #   include "{own}"
            # After a change write it anew, and have the servers read it: nats-server --signal reload=PID, or 'rel4 nats users … -o {own} --reload PID'.
            {NatsServerUsers.Write(systems.Select(system => system.Nats))}
            """;
    }

    private static Task<int> CatchAsync(Func<Task> command) => CommandFailure.CatchAsync(async () =>
    {
        try
        {
            await command();
        }
        catch (FormatException noKey)
        {
            throw new CommandFailure(noKey.Message);
        }

        return ExitCode.Success;
    });
}
