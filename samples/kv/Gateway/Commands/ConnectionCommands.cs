using System.Text;
using Rel4.Samples.Kv.Protocol;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Gateway.Commands;

/// <summary>Holds the commands about the connection itself.</summary>
internal static class ConnectionCommands
{
    public static void Ping(ClientSession session)
    {
        if (session.Command.Count > 2)
            session.Error("ERR wrong number of arguments for 'ping' command");
        else if (session.Command.Count == 2)
            session.Reply.WriteBulk(session.Command[1]);
        else
            session.Reply.WriteSimple("PONG");
    }

    public static void Echo(ClientSession session) => session.Reply.WriteBulk(session.Command[1]);

    public static void Select(ClientSession session)
    {
        if (!session.TryReadInteger(1, out long database))
            return;
        if (database is < 0 or >= StoreRequest.Databases)
        {
            session.Error("ERR DB index is out of range");
            return;
        }

        session.Database = (int)database;
        session.Reply.WriteSimple("OK");
    }

    public static void Quit(ClientSession session)
    {
        session.Reply.WriteSimple("OK");
        session.IsClosing = true;
    }

    /// <summary>HELLO [version [AUTH user password] [SETNAME name]].</summary>
    public static void Hello(ClientSession session)
    {
        RespCommand words = session.Command;
        RespVersion version = session.Version;
        if (words.Count > 1)
        {
            if (!DecimalInteger.TryParse(words[1], out long wanted))
            {
                session.Error("ERR Protocol version is not an integer or out of range");
                return;
            }

            if (wanted is not (2 or 3))
            {
                session.Error("NOPROTO unsupported protocol version");
                return;
            }

            version = (RespVersion)wanted;
        }

        string? name = null;
        for (int i = 2; i < words.Count; i++)
        {
            int remaining = words.Count - 1 - i;
            if (remaining >= 2 && Ascii.EqualsIgnoreCase(words[i], "AUTH"u8))
            {
                // There is no password, so any is right, as with Redis.
                i += 2;
            }
            else if (remaining >= 1 && Ascii.EqualsIgnoreCase(words[i], "SETNAME"u8))
            {
                if (!ClientCommands.TryReadName(session, ++i, out name))
                    return;
            }
            else
            {
                session.Error($"ERR Syntax error in HELLO option '{Encoding.UTF8.GetString(words[i])}'");
                return;
            }
        }

        session.Version = version;
        session.Name = name ?? session.Name;
        WriteGreeting(session);
    }

    private static void WriteGreeting(ClientSession session)
    {
        session.Reply.WriteMapHeader(session.Version, 7);
        session.Reply.WriteBulk("server"u8);
        session.Reply.WriteBulk("redis"u8);
        session.Reply.WriteBulk("version"u8);
        session.Reply.WriteBulk(ServerState.RedisVersion);
        session.Reply.WriteBulk("proto"u8);
        session.Reply.WriteInteger((int)session.Version);
        session.Reply.WriteBulk("id"u8);
        session.Reply.WriteInteger(session.Id);
        session.Reply.WriteBulk("mode"u8);
        session.Reply.WriteBulk("standalone"u8);
        session.Reply.WriteBulk("role"u8);
        session.Reply.WriteBulk("master"u8);
        session.Reply.WriteBulk("modules"u8);
        session.Reply.WriteArrayHeader(0);
    }
}
