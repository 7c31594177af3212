using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rel4.Hosted.Composition;

/// <summary>Is what the bridge is told, in a variable of its environment: it can read no file.</summary>
internal sealed record NatsBridgeSettings(string System, string[] Servers, string? CertificateAuthority, NatsExportSettings[] Exports, NatsImportSettings[] Imports)
{
    /// <summary>Names the variable.</summary>
    public const string Variable = "REL4_NATS";
}

/// <summary>Is what it is told of something that is exported.</summary>
/// <param name="Subject">Its subject.</param>
/// <param name="Seed">The seed of the user that serves it.</param>
/// <param name="IsNotification">Whether it is a notification.</param>
/// <param name="IsDurable">Whether it is delivered at least once.</param>
/// <param name="Grants">Who may use it.</param>
internal sealed record NatsExportSettings(string Subject, string Seed, bool IsNotification, bool IsDurable, NatsGrantSettings[] Grants);

/// <summary>Is what it is told of who may use something.</summary>
/// <param name="Name">The grant's name.</param>
/// <param name="Capabilities">The names of the bridge's capabilities for it: one, or of a notification one for each bit.</param>
/// <param name="Bits">The bits of a notification, in the order of its capabilities.</param>
internal sealed record NatsGrantSettings(string Name, string[] Capabilities, ulong[] Bits);

/// <summary>Is what it is told of something that is imported.</summary>
/// <param name="Capability">The name of the bridge's capability.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="Grant">The grant's name.</param>
/// <param name="Seed">The seed of the grant's user.</param>
/// <param name="IsNotification">Whether it is a notification.</param>
/// <param name="IsDurable">Whether it is delivered at least once.</param>
/// <param name="SpreadsCalls">Whether each call goes to one of several exporters by itself.</param>
internal sealed record NatsImportSettings(string Capability, string Subject, string Grant, string Seed, bool IsNotification, bool IsDurable, bool SpreadsCalls);

/// <summary>Reads and writes them.</summary>
[JsonSerializable(typeof(NatsBridgeSettings))]
internal sealed partial class NatsBridgeSettingsContext : JsonSerializerContext;
