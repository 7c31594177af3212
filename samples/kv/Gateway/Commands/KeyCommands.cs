using System.Buffers.Text;
using System.Text;
using Rel4.Samples.Kv.Protocol;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Gateway.Commands;

/// <summary>Holds the commands about keys and databases.</summary>
internal static class KeyCommands
{
    public static void Delete(ClientSession session) => session.Ask(StoreOperation.Delete);

    public static void Exists(ClientSession session) => session.Ask(StoreOperation.Exists);

    public static void TimeToLive(ClientSession session) => session.Ask(StoreOperation.TimeToLive);

    public static void Keys(ClientSession session)
    {
        if (session.HasOneStore())
            session.Ask(StoreOperation.Keys);
    }

    public static void Count(ClientSession session) => session.Ask(StoreOperation.Count);

    /// <summary>FLUSHDB [ASYNC | SYNC].</summary>
    public static void Flush(ClientSession session)
    {
        RespCommand words = session.Command;
        bool isRight = words.Count == 1
            || (words.Count == 2 && (Ascii.EqualsIgnoreCase(words[1], "ASYNC"u8) || Ascii.EqualsIgnoreCase(words[1], "SYNC"u8)));
        if (isRight)
            session.Ask(StoreOperation.Flush, words: 0);
        else
            session.Error(Errors.Syntax);
    }

    /// <summary>EXPIRE key seconds [NX | XX | GT | LT].</summary>
    public static void Expire(ClientSession session)
    {
        RespCommand words = session.Command;
        var flags = StoreFlags.None;
        for (int i = 3; i < words.Count; i++)
        {
            StoreFlags flag = ReadFlag(words[i]);
            if (flag == StoreFlags.None)
            {
                session.Error($"ERR Unsupported option {Encoding.UTF8.GetString(words[i])}");
                return;
            }

            flags |= flag;
        }

        if (flags.HasFlag(StoreFlags.OnlyIfAbsent) && flags != StoreFlags.OnlyIfAbsent)
        {
            session.Error("ERR NX and XX, GT or LT options at the same time are not compatible");
        }
        else if (flags.HasFlag(StoreFlags.OnlyIfLater | StoreFlags.OnlyIfSooner))
        {
            session.Error("ERR GT and LT options at the same time are not compatible");
        }
        else if (session.TryReadInteger(2, out long seconds))
        {
            long now = session.Server.NowMs;
            if (seconds > (long.MaxValue - now) / 1000 || seconds < long.MinValue / 1000)
                session.Error("ERR invalid expire time in 'expire' command");
            else
                session.Ask(StoreOperation.Expire, flags, now + (seconds * 1000), words: 1);
        }
    }

    /// <summary>SCAN cursor [MATCH pattern] [COUNT count] [TYPE type].</summary>
    public static void Scan(ClientSession session)
    {
        RespCommand words = session.Command;
        if (!Utf8Parser.TryParse(words[1], out ulong cursor, out int length) || length != words[1].Length)
        {
            session.Error("ERR invalid cursor");
            return;
        }

        long count = 10;
        int pattern = 0;
        bool isString = true;
        for (int i = 2; i < words.Count; i += 2)
        {
            bool isLast = i + 1 == words.Count;
            if (!isLast && Ascii.EqualsIgnoreCase(words[i], "COUNT"u8))
            {
                if (!session.TryReadInteger(i + 1, out count))
                    return;
            }
            else if (!isLast && Ascii.EqualsIgnoreCase(words[i], "MATCH"u8))
            {
                pattern = i + 1;
            }
            else if (!isLast && Ascii.EqualsIgnoreCase(words[i], "TYPE"u8))
            {
                isString = Ascii.EqualsIgnoreCase(words[i + 1], "string"u8);
            }
            else
            {
                count = 0;
                break;
            }
        }

        if (count < 1)
            session.Error(Errors.Syntax);
        else if (!session.HasOneStore())
            return;
        else if (isString)
            session.AskScan((long)Math.Min(cursor, long.MaxValue), count, pattern == 0 ? default : words[pattern]);
        else
            WriteNothingFound(session);
    }

    /// <summary>All values are strings, so a scan for others is over at once.</summary>
    private static void WriteNothingFound(ClientSession session)
    {
        session.Reply.WriteArrayHeader(2);
        session.Reply.WriteBulk("0"u8);
        session.Reply.WriteArrayHeader(0);
    }

    private static StoreFlags ReadFlag(ReadOnlySpan<byte> word) =>
        Ascii.EqualsIgnoreCase(word, "NX"u8) ? StoreFlags.OnlyIfAbsent
        : Ascii.EqualsIgnoreCase(word, "XX"u8) ? StoreFlags.OnlyIfPresent
        : Ascii.EqualsIgnoreCase(word, "GT"u8) ? StoreFlags.OnlyIfLater
        : Ascii.EqualsIgnoreCase(word, "LT"u8) ? StoreFlags.OnlyIfSooner
        : StoreFlags.None;
}
