using System.Text;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Gateway.Commands;

/// <summary>Holds the commands about the server, and about commands.</summary>
internal static class ServerCommands
{
    private static readonly string[] s_sections = ["server", "clients", "stats", "keyspace"];

    /// <summary>Is the handler of containers that mean nothing without a subcommand, whose arity asks for one.</summary>
    public static void Never(ClientSession session) => session.Error(Errors.Syntax);

    /// <summary>INFO [section ...].</summary>
    public static void Info(ClientSession session)
    {
        RespCommand words = session.Command;
        HashSet<string> wanted = [.. words.Count == 1 ? s_sections : []];
        for (int i = 1; i < words.Count; i++)
        {
            string section = Encoding.UTF8.GetString(words[i]).ToLowerInvariant();
            wanted.UnionWith(section is "all" or "default" or "everything" ? s_sections : [section]);
        }

        string text = string.Join("\r\n", s_sections.Where(wanted.Contains).Select(session.Server.Describe).OfType<string>());
        if (wanted.Contains("keyspace"))
            session.AskKeyspace(text.Length == 0 ? text : text + "\r\n");
        else
            session.Reply.WriteText(session.Version, text);
    }

    /// <summary>COMMAND.</summary>
    public static void Command(ClientSession session)
    {
        CommandInfo[] all = [.. CommandTable.All];
        session.Reply.WriteArrayHeader(all.Length);
        foreach (CommandInfo command in all)
            Write(session, command);
    }

    /// <summary>COMMAND COUNT.</summary>
    public static void CommandCount(ClientSession session) => session.Reply.WriteInteger(CommandTable.All.Count());

    /// <summary>COMMAND LIST.</summary>
    public static void CommandList(ClientSession session)
    {
        CommandInfo[] all = [.. CommandTable.All];
        session.Reply.WriteArrayHeader(all.Length);
        foreach (CommandInfo command in all)
            session.Reply.WriteBulk(command.Name);
    }

    /// <summary>COMMAND INFO [name ...].</summary>
    public static void CommandInfo(ClientSession session)
    {
        RespCommand words = session.Command;
        if (words.Count == 2)
        {
            Command(session);
            return;
        }

        session.Reply.WriteArrayHeader(words.Count - 2);
        for (int i = 2; i < words.Count; i++)
        {
            if (CommandTable.Find(words[i]) is { } command)
                Write(session, command);
            else if (session.Version == RespVersion.Resp3)
                session.Reply.WriteNull(session.Version);
            else
                session.Reply.WriteArrayHeader(-1);
        }
    }

    /// <summary>COMMAND DOCS [name ...].</summary>
    public static void CommandDocs(ClientSession session)
    {
        RespCommand words = session.Command;
        var found = new List<CommandInfo>();
        for (int i = 2; i < words.Count; i++)
        {
            if (CommandTable.Find(words[i]) is { } command)
                found.Add(command);
        }

        if (words.Count == 2)
            found.AddRange(CommandTable.All);
        session.Reply.WriteMapHeader(session.Version, found.Count);
        foreach (CommandInfo command in found)
        {
            session.Reply.WriteBulk(command.Name);
            session.Reply.WriteMapHeader(session.Version, 2);
            session.Reply.WriteBulk("summary"u8);
            session.Reply.WriteBulk(command.Summary);
            session.Reply.WriteBulk("group"u8);
            session.Reply.WriteBulk(command.Group);
        }
    }

    /// <summary>HELP of a command with subcommands.</summary>
    public static void Help(ClientSession session)
    {
        CommandInfo container = CommandTable.Find(session.Command[0])!;
        CommandInfo[] subcommands = [.. container.Subcommands!.Values];
        session.Reply.WriteArrayHeader(1 + (2 * subcommands.Length));
        session.Reply.WriteSimple($"{container.Name.ToUpperInvariant()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
        foreach (CommandInfo subcommand in subcommands)
        {
            session.Reply.WriteSimple(subcommand.Name.Split('|')[1].ToUpperInvariant());
            session.Reply.WriteSimple($"    {subcommand.Summary}");
        }
    }

    /// <summary>Writes a command in the form that Redis had up to version 6, which all clients can read.</summary>
    private static void Write(ClientSession session, CommandInfo command)
    {
        session.Reply.WriteArrayHeader(6);
        session.Reply.WriteBulk(command.Name);
        session.Reply.WriteInteger(command.Arity);
        session.Reply.WriteArrayHeader(command.Flags.Length);
        foreach (string flag in command.Flags)
            session.Reply.WriteSimple(flag);
        session.Reply.WriteInteger(command.FirstKey);
        session.Reply.WriteInteger(command.LastKey);
        session.Reply.WriteInteger(command.KeyStep);
    }
}
