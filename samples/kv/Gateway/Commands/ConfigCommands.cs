using System.Text;
using Rel4.Samples.Kv.Protocol;
using Rel4.Samples.Kv.Resp;
using Rel4.Samples.Kv.Store;

namespace Rel4.Samples.Kv.Gateway.Commands;

/// <summary>Holds the subcommands of CONFIG. There is little to configure, and nothing to change; clients ask nevertheless.</summary>
internal static class ConfigCommands
{
    private static readonly (string Name, string Value)[] s_parameters =
    [
        ("appendonly", "no"),
        ("databases", $"{StoreRequest.Databases}"),
        ("maxmemory", "0"),
        ("maxmemory-policy", "noeviction"),
        ("proto-max-bulk-len", $"{StoreRequest.LongestWord}"),
        ("save", ""),
        ("timeout", "0"),
    ];

    public static void Get(ClientSession session)
    {
        RespCommand words = session.Command;
        var found = new List<(string Name, string Value)>();
        foreach ((string name, string value) in s_parameters.Append(("maxclients", $"{session.Server.MostClients}")))
        {
            for (int i = 2; i < words.Count; i++)
            {
                string pattern = Encoding.UTF8.GetString(words[i]).ToLowerInvariant();
                if (!GlobPattern.IsMatch(Encoding.UTF8.GetBytes(pattern), Encoding.UTF8.GetBytes(name)))
                    continue;
                found.Add((name, value));
                break;
            }
        }

        session.Reply.WriteMapHeader(session.Version, found.Count);
        foreach ((string name, string value) in found)
        {
            session.Reply.WriteBulk(name);
            session.Reply.WriteBulk(value);
        }
    }

    public static void Set(ClientSession session)
    {
        string wanted = Encoding.UTF8.GetString(session.Command[2]).ToLowerInvariant();
        if (session.Command.Count % 2 == 0 && (wanted == "maxclients" || s_parameters.Any(parameter => parameter.Name == wanted)))
            session.Error($"ERR CONFIG SET failed (possibly related to argument '{wanted}') - can't set immutable config");
        else
            session.Error($"ERR Unknown option or number of arguments for CONFIG SET - '{wanted}'");
    }

    public static void ResetStatistics(ClientSession session)
    {
        session.Server.ResetStatistics();
        session.Reply.WriteSimple("OK");
    }

    public static void Rewrite(ClientSession session) => session.Error("ERR The server is running without a config file");
}
