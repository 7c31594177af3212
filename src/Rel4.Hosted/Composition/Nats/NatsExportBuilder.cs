namespace Rel4.Hosted.Composition;

/// <summary>Composes who may use what is exported.</summary>
public sealed class NatsExportBuilder
{
    internal NatsExportBuilder(NatsExport definition) => Definition = definition;

    /// <summary>Gets it as it is now.</summary>
    internal NatsExport Definition { get; private set; }

    /// <summary>Lets one user of NATS use it.</summary>
    /// <param name="name">Names the grant: letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="publicKey">The user's public NKey.</param>
    /// <param name="badge">What receivers of an endpoint see of it: not 0. Of a notification, the bits that it may signal.</param>
    public NatsExportBuilder To(string name, string publicKey, ulong badge)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(publicKey);
        Definition = Definition with { Grants = Definition.Grants.Add(new NatsGrant(name, publicKey, badge)) };
        return this;
    }
}
