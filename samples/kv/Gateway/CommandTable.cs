using System.Collections.Frozen;
using System.Text;
using Rel4.Samples.Kv.Gateway.Commands;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Knows all commands.</summary>
internal static class CommandTable
{
    private const int LongestName = 16;

    private static readonly FrozenDictionary<string, CommandInfo> s_commands = Index(
        Read("get", 2, StringCommands.Get, "Returns the string value of a key.", "string"),
        Write("set", -3, StringCommands.Set, "Sets the string value of a key. The key is created if it doesn't exist.", "string"),
        Write("del", -2, KeyCommands.Delete, "Deletes one or more keys.", "generic", last: -1),
        Read("exists", -2, KeyCommands.Exists, "Determines whether one or more keys exist.", "generic", last: -1),
        Write("incr", 2, StringCommands.Increment, "Increments the integer value of a key by one. Uses 0 as initial value.", "string"),
        Read("mget", -2, StringCommands.GetMany, "Returns the string values of one or more keys.", "string", last: -1),
        Write("mset", -3, StringCommands.SetMany, "Atomically creates or modifies the values of one or more keys.", "string", -1, 2),
        Write("expire", -3, KeyCommands.Expire, "Sets the expiration time of a key in seconds.", "generic"),
        Read("ttl", 2, KeyCommands.TimeToLive, "Returns the expiration time in seconds of a key.", "generic"),
        new("keys", 2, KeyCommands.Keys, "Returns all key names that match a pattern.") { Group = "generic", Flags = ["readonly"] },
        new("scan", -2, KeyCommands.Scan, "Iterates over the key names in the database.") { Group = "generic", Flags = ["readonly"] },
        new("dbsize", 1, KeyCommands.Count, "Returns the number of keys in the database.") { Flags = ["readonly", "fast"] },
        new("flushdb", -1, KeyCommands.Flush, "Removes all keys from the current database.") { Flags = ["write"] },
        Connection("ping", -1, ConnectionCommands.Ping, "Returns the server's liveliness response."),
        Connection("echo", 2, ConnectionCommands.Echo, "Returns the given string."),
        Connection("select", 2, ConnectionCommands.Select, "Changes the selected database."),
        Connection("hello", -1, ConnectionCommands.Hello, "Handshakes with the server."),
        Connection("quit", -1, ConnectionCommands.Quit, "Closes the connection."),
        Connection("client", -2, ServerCommands.Never, "Is a container for client connection commands.") with
        {
            Subcommands = Index(
                Connection("client|id", 2, ClientCommands.Id, "Returns the unique client ID of the connection."),
                Connection("client|getname", 2, ClientCommands.GetName, "Returns the name of the connection."),
                Connection("client|setname", 3, ClientCommands.SetName, "Sets the connection name."),
                Connection("client|setinfo", 4, ClientCommands.SetInfo, "Sets information specific to the client or connection."),
                Connection("client|info", 2, ClientCommands.Info, "Returns information about the connection."),
                Connection("client|list", -2, ClientCommands.List, "Lists open connections."),
                Connection("client|no-evict", 3, ClientCommands.Accept, "Sets the client eviction mode of the connection."),
                Connection("client|no-touch", 3, ClientCommands.Accept, "Controls whether commands affect the last access time of keys."),
                Connection("client|help", 2, ServerCommands.Help, "Returns helpful text about the subcommands.")),
        },
        new("command", -1, ServerCommands.Command, "Returns detailed information about all commands.")
        {
            Subcommands = Index(
                new("command|count", 2, ServerCommands.CommandCount, "Returns a count of commands."),
                new("command|docs", -2, ServerCommands.CommandDocs, "Returns documentary information about commands."),
                new("command|info", -2, ServerCommands.CommandInfo, "Returns information about commands."),
                new("command|list", 2, ServerCommands.CommandList, "Returns a list of command names."),
                new("command|help", 2, ServerCommands.Help, "Returns helpful text about the subcommands.")),
        },
        new("config", -2, ServerCommands.Never, "Is a container for server configuration commands.")
        {
            Subcommands = Index(
                new("config|get", -3, ConfigCommands.Get, "Returns the effective values of configuration parameters."),
                new("config|set", -4, ConfigCommands.Set, "Sets configuration parameters in-flight."),
                new("config|resetstat", 2, ConfigCommands.ResetStatistics, "Resets the server's statistics."),
                new("config|rewrite", 2, ConfigCommands.Rewrite, "Persists the effective configuration to file."),
                new("config|help", 2, ServerCommands.Help, "Returns helpful text about the subcommands.")),
        },
        new("info", -1, ServerCommands.Info, "Returns information and statistics about the server."));

    /// <summary>Gets all commands, without subcommands.</summary>
    public static IEnumerable<CommandInfo> All => s_commands.Values;

    /// <summary>Finds a command by its name, in whatever case.</summary>
    public static CommandInfo? Find(ReadOnlySpan<byte> name) => Find(s_commands, name);

    /// <summary>Carries out the command that a session has read, or replies why not.</summary>
    public static void Execute(ClientSession session)
    {
        RespCommand words = session.Command;
        CommandInfo? command = Find(words[0]);
        if (command is null)
        {
            // As with Redis: a web page that sends requests here must not have their bodies carried out.
            session.IsClosing = Ascii.EqualsIgnoreCase(words[0], "POST"u8) || Ascii.EqualsIgnoreCase(words[0], "HOST:"u8);
            if (!session.IsClosing)
                session.Error(DescribeUnknown(words));
            return;
        }

        if (command.Subcommands is { } subcommands && words.Count > 1 && command.Accepts(words.Count))
        {
            command = Find(subcommands, words[1]);
            if (command is null)
            {
                string container = Encoding.UTF8.GetString(words[0]).ToUpperInvariant();
                session.Error($"ERR unknown subcommand '{Start(words[1], 128)}'. Try {container} HELP.");
                return;
            }
        }

        if (!command.Accepts(words.Count))
            session.Error($"ERR wrong number of arguments for '{command.Name}' command");
        else if (session.TryRoute(command))
            command.Handler(session);
        else
            session.Error(Errors.CrossSlot);
    }

    private static CommandInfo? Find(FrozenDictionary<string, CommandInfo> commands, ReadOnlySpan<byte> name)
    {
        Span<char> lower = stackalloc char[LongestName];
        if (name.Length > LongestName)
            return null;
        for (int i = 0; i < name.Length; i++)
            lower[i] = char.ToLowerInvariant((char)name[i]);
        return commands.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(lower[..name.Length], out CommandInfo? found) ? found : null;
    }

    private static string DescribeUnknown(RespCommand words)
    {
        const int Shown = 128;
        var arguments = new StringBuilder();
        for (int i = 1; i < words.Count && arguments.Length < Shown; i++)
            arguments.Append('\'').Append(Start(words[i], Shown - arguments.Length)).Append("' ");
        return $"ERR unknown command '{Start(words[0], Shown)}', with args beginning with: {arguments}";
    }

    private static string Start(ReadOnlySpan<byte> word, int most) => Encoding.UTF8.GetString(word[..Math.Min(word.Length, most)]);

    private static FrozenDictionary<string, CommandInfo> Index(params ReadOnlySpan<CommandInfo> commands)
    {
        var index = new Dictionary<string, CommandInfo>();
        foreach (CommandInfo command in commands)
            index.Add(command.Name[(command.Name.IndexOf('|') + 1)..], command);
        return index.ToFrozenDictionary();
    }

    private static CommandInfo Read(string name, int arity, CommandHandler handler, string summary, string group, int last = 1) =>
        new(name, arity, handler, summary) { Group = group, Flags = ["readonly", "fast"], FirstKey = 1, LastKey = last, KeyStep = 1 };

    private static CommandInfo Write(
        string name, int arity, CommandHandler handler, string summary, string group, int last = 1, int step = 1) =>
        new(name, arity, handler, summary) { Group = group, Flags = ["write"], FirstKey = 1, LastKey = last, KeyStep = step };

    private static CommandInfo Connection(string name, int arity, CommandHandler handler, string summary) =>
        new(name, arity, handler, summary) { Group = "connection", Flags = ["fast"] };
}
