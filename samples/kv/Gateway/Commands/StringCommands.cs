using System.Text;
using Rel4.Samples.Kv.Protocol;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Gateway.Commands;

/// <summary>Holds the commands about values.</summary>
internal static class StringCommands
{
    public static void Get(ClientSession session) => session.Ask(StoreOperation.Get);

    public static void GetMany(ClientSession session) => session.Ask(StoreOperation.GetMany);

    public static void Increment(ClientSession session) => session.Ask(StoreOperation.Increment, number: 1);

    public static void SetMany(ClientSession session)
    {
        if (session.Command.Count % 2 == 0)
            session.Error("ERR wrong number of arguments for 'mset' command");
        else
            session.Ask(StoreOperation.SetMany);
    }

    /// <summary>SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL].</summary>
    public static void Set(ClientSession session)
    {
        RespCommand words = session.Command;
        var flags = StoreFlags.None;
        var unit = TimeUnit.None;
        int time = 0;
        for (int i = 3; i < words.Count; i++)
        {
            StoreFlags flag = ReadFlag(words[i]);
            TimeUnit read = ReadUnit(words[i]);
            const StoreFlags Conditions = StoreFlags.OnlyIfAbsent | StoreFlags.OnlyIfPresent;
            bool isSecondCondition = (flag & Conditions) != 0 && (flags & Conditions & ~flag) != 0;
            bool isTime = read != TimeUnit.None && unit == TimeUnit.None && i + 1 < words.Count;
            if (isSecondCondition || (flag == StoreFlags.None && !isTime))
            {
                session.Error(Errors.Syntax);
                return;
            }

            flags |= flag;
            if (isTime)
                (unit, time) = (read, ++i);
        }

        long expiry = 0;
        if (flags.HasFlag(StoreFlags.KeepExpiry) && unit != TimeUnit.None)
            session.Error(Errors.Syntax);
        else if (unit == TimeUnit.None || TryReadExpiry(session, time, unit, out expiry))
            session.Ask(StoreOperation.Set, flags, expiry, words: 2);
    }

    private static bool TryReadExpiry(ClientSession session, int word, TimeUnit unit, out long expiry)
    {
        if (!session.TryReadInteger(word, out expiry))
            return false;
        bool isSeconds = unit is TimeUnit.Seconds or TimeUnit.UnixSeconds;
        long now = unit is TimeUnit.Seconds or TimeUnit.Milliseconds ? session.Server.NowMs : 0;
        long unitMs = isSeconds ? 1000 : 1;
        if (expiry <= 0 || expiry > (long.MaxValue - now) / unitMs)
        {
            session.Error("ERR invalid expire time in 'set' command");
            return false;
        }

        expiry = now + (expiry * unitMs);
        return true;
    }

    private static StoreFlags ReadFlag(ReadOnlySpan<byte> word) =>
        Ascii.EqualsIgnoreCase(word, "NX"u8) ? StoreFlags.OnlyIfAbsent
        : Ascii.EqualsIgnoreCase(word, "XX"u8) ? StoreFlags.OnlyIfPresent
        : Ascii.EqualsIgnoreCase(word, "GET"u8) ? StoreFlags.ReturnOld
        : Ascii.EqualsIgnoreCase(word, "KEEPTTL"u8) ? StoreFlags.KeepExpiry
        : StoreFlags.None;

    private static TimeUnit ReadUnit(ReadOnlySpan<byte> word) =>
        Ascii.EqualsIgnoreCase(word, "EX"u8) ? TimeUnit.Seconds
        : Ascii.EqualsIgnoreCase(word, "PX"u8) ? TimeUnit.Milliseconds
        : Ascii.EqualsIgnoreCase(word, "EXAT"u8) ? TimeUnit.UnixSeconds
        : Ascii.EqualsIgnoreCase(word, "PXAT"u8) ? TimeUnit.UnixMilliseconds
        : TimeUnit.None;

    private enum TimeUnit
    {
        None,
        Seconds,
        Milliseconds,
        UnixSeconds,
        UnixMilliseconds,
    }
}
