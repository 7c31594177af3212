using System.Globalization;
using System.Text;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Gateway.Commands;

/// <summary>Holds the subcommands of CLIENT.</summary>
internal static class ClientCommands
{
    /// <summary>CLIENT LIST repeats every client's name, so a long one would cost all others.</summary>
    private const int LongestName = 1024;

    public static void Id(ClientSession session) => session.Reply.WriteInteger(session.Id);

    public static void GetName(ClientSession session)
    {
        if (session.Name.Length == 0)
            session.Reply.WriteNull(session.Version);
        else
            session.Reply.WriteBulk(session.Name);
    }

    public static void SetName(ClientSession session)
    {
        if (!TryReadName(session, 2, out string? name))
            return;
        session.Name = name;
        session.Reply.WriteSimple("OK");
    }

    public static void SetInfo(ClientSession session)
    {
        ReadOnlySpan<byte> attribute = session.Command[2];
        if (Ascii.EqualsIgnoreCase(attribute, "LIB-NAME"u8) || Ascii.EqualsIgnoreCase(attribute, "LIB-VER"u8))
            session.Reply.WriteSimple("OK");
        else
            session.Error($"ERR Unrecognized option '{Encoding.UTF8.GetString(attribute)}'");
    }

    /// <summary>Accepts ON or OFF for what makes no difference here.</summary>
    public static void Accept(ClientSession session)
    {
        if (Ascii.EqualsIgnoreCase(session.Command[2], "ON"u8) || Ascii.EqualsIgnoreCase(session.Command[2], "OFF"u8))
            session.Reply.WriteSimple("OK");
        else
            session.Error(Errors.Syntax);
    }

    public static void Info(ClientSession session) => session.Reply.WriteText(session.Version, Describe(session));

    public static void List(ClientSession session)
    {
        if (session.Command.Count > 2)
            session.Error(Errors.Syntax);
        else
            session.Reply.WriteText(session.Version, string.Concat(session.Server.Clients.Select(Describe)));
    }

    /// <summary>Reads a name, or replies why it is none.</summary>
    public static bool TryReadName(ClientSession session, int word, out string name)
    {
        ReadOnlySpan<byte> bytes = session.Command[word];
        name = "";
        if (bytes.Length > LongestName)
        {
            session.Error($"ERR Client names cannot be longer than {LongestName} bytes.");
            return false;
        }

        name = Encoding.ASCII.GetString(bytes);
        if (bytes.IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0)
            return true;
        session.Error("ERR Client names cannot contain spaces, newlines or special characters.");
        return false;
    }

    private static string Describe(ClientSession client) => string.Create(
        CultureInfo.InvariantCulture,
        $"id={client.Id} addr={client.Address} name={client.Name} age={client.Age.TotalSeconds:0} ")
        + string.Create(CultureInfo.InvariantCulture, $"db={client.Database} resp={(int)client.Version}\n");
}
