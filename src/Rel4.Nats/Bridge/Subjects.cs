using System.Globalization;
using System.Security.Cryptography;

namespace Rel4.Nats.Bridge;

/// <summary>Names the subjects of a grant. A token that begins with @ is none of a system's own, so the subjects of two grants are never the same.</summary>
/// <remarks>
/// <c>shop.store.@gateway</c> is where the grant's user may publish, and below it are the exporters' own: <c>shop.store.@gateway.3f…</c>. Answers go to
/// <c>_INBOX.shop.store.@gateway.</c> and who asked. So the server, which knows the user, decides whose message it is, and nothing in the message does.
/// </remarks>
internal static class Subjects
{
    /// <summary>The queue group of those that export a subject.</summary>
    public const string QueueGroup = "rel4";

    /// <summary>The consumer of a stream that all who export the subject share.</summary>
    public const string Consumer = "rel4";

    /// <summary>Gets where a grant's user may publish.</summary>
    public static string Requests(string subject, string grant) => $"{subject}.@{grant}";

    /// <summary>Gets where a grant's user may subscribe, and the exporter publish.</summary>
    public static string Inbox(string subject, string grant) => $"_INBOX.{subject}.@{grant}";

    /// <summary>Gets where who serves a subject may subscribe.</summary>
    public static string ExporterInbox(string subject) => $"_INBOX.{subject}.@";

    /// <summary>Gets the name of the stream that keeps a grant's messages. No two grants' are the same: neither subjects nor grants have the signs that it has between them.</summary>
    public static string Stream(string subject, string grant) => $"{subject.Replace('.', '~')}@{grant}";

    /// <summary>Makes a name that nobody can guess.</summary>
    public static string Random() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>Makes a client's number.</summary>
    public static ulong RandomNumber() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));

    /// <summary>Gets where the answer to a call goes.</summary>
    public static string ReplyTo(string client, uint number) => string.Create(CultureInfo.InvariantCulture, $"{client}.{number}");

    /// <summary>Gets where a client's answers go.</summary>
    public static string Client(string bridge, ulong client) => $"{bridge}.{client:x}";

    /// <summary>Reads which client a subject of an answer is of.</summary>
    public static bool TryReadClient(string replyTo, out ulong client)
    {
        ReadOnlySpan<char> subject = replyTo.AsSpan(0, replyTo.LastIndexOf('.'));
        return ulong.TryParse(subject[(subject.LastIndexOf('.') + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out client);
    }

    /// <summary>Reads which call a subject of an answer is of.</summary>
    public static bool TryReadNumber(string replyTo, out uint number) =>
        uint.TryParse(replyTo.AsSpan(replyTo.LastIndexOf('.') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>Gets the subject of a client's answers, without the call.</summary>
    public static string ClientOf(string replyTo) => replyTo[..replyTo.LastIndexOf('.')];
}
