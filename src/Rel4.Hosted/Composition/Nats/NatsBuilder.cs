using System.Runtime.CompilerServices;

namespace Rel4.Hosted.Composition;

/// <summary>Composes what a system has in common with systems on other machines, over NATS.</summary>
/// <remarks>
/// <code>
/// builder.Nats.Server("nats://10.0.0.1:4222");
/// builder.ExportEndpoint(requests, "shop.store", "keys/store.nk").To("gateway-1", "UB3…", badge: 7);      // the machine with the store
/// EndpointDefinition store = builder.ImportEndpoint("store", "shop.store", "gateway-1", "keys/gateway-1.nk");   // another one
/// </code>
/// Files with keys are read when the system is built. The package <c>Rel4.Nats</c> has the bridge's program; <c>rel4 nats</c> makes keys and writes the servers' configuration.
/// </remarks>
public sealed class NatsBuilder
{
    private readonly List<NatsExportBuilder> _exports = [];
    private NatsDefinition _definition = new();

    internal NatsBuilder()
    {
    }

    /// <summary>Gets it as it is now; null if nothing was said.</summary>
    internal NatsDefinition? Definition =>
        _definition.Servers.IsEmpty && _definition.Imports.IsEmpty && _exports.Count == 0 ? null : _definition with { Exports = [.. _exports.Select(export => export.Definition)] };

    /// <summary>Adds a server to connect to: one of a cluster is enough, several are tried in turn.</summary>
    /// <param name="url"><c>nats://host:port</c>, or <c>tls://host:port</c>.</param>
    public NatsBuilder Server(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        _definition = _definition with { Servers = _definition.Servers.Add(url) };
        return this;
    }

    /// <summary>Says which authority the servers' certificates are to be from.</summary>
    /// <param name="path">A file with its certificate (PEM).</param>
    public NatsBuilder CertificateAuthority(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        _definition = _definition with { CertificateAuthority = Path.GetFullPath(path) };
        return this;
    }

    internal NatsExportBuilder Export(ObjectDefinition definition, string subject, string keyFile, NatsDelivery delivery)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(subject);
        var export = new NatsExportBuilder(new NatsExport(definition, subject, FullPath(keyFile)) { Delivery = delivery });
        _exports.Add(export);
        return export;
    }

    internal void Import(NatsImport import)
    {
        ArgumentNullException.ThrowIfNull(import.Subject, "subject");
        ArgumentNullException.ThrowIfNull(import.Grant, "grant");
        _definition = _definition with { Imports = _definition.Imports.Add(import with { KeyFile = FullPath(import.KeyFile) }) };
    }

    private static string FullPath(string keyFile, [CallerArgumentExpression(nameof(keyFile))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(keyFile, name);
        return Path.GetFullPath(keyFile);
    }
}
