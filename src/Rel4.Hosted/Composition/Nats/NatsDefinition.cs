using System.Collections.Immutable;

namespace Rel4.Hosted.Composition;

/// <summary>Describes what a system has in common with systems on other machines, over NATS: what it exports to them, and what it imports.</summary>
/// <remarks>A task of its own, the bridge (<see cref="BridgeName"/>), is the only one that it gives the network. Its program is the package <c>Rel4.Nats</c>.</remarks>
public sealed record NatsDefinition
{
    /// <summary>The name of the bridge's task.</summary>
    public const string BridgeName = "nats";

    /// <summary>Gets the servers: <c>nats://host:port</c> or <c>tls://host:port</c>. The bridge connects to one of them, and to another when that is lost.</summary>
    public ImmutableArray<string> Servers { get; init; } = [];

    /// <summary>Gets the file with the certificate (PEM) of the authority that the servers' certificates are to be from; null for those that the machine trusts.</summary>
    public string? CertificateAuthority { get; init; }

    /// <summary>Gets what systems on other machines may use of this one.</summary>
    public ImmutableArray<NatsExport> Exports { get; init; } = [];

    /// <summary>Gets what this system uses of others.</summary>
    public ImmutableArray<NatsImport> Imports { get; init; } = [];
}
