using System.Collections.Immutable;

namespace Rel4.Hosted.Composition;

/// <summary>Describes an endpoint or a notification that systems on other machines may use.</summary>
/// <param name="Object">The endpoint or notification.</param>
/// <param name="Subject">What it is called on NATS: names, divided by dots. Several systems that export one subject share its calls.</param>
/// <param name="KeyFile">The file with the seed of the NKey user that serves the subject.</param>
public sealed record NatsExport(ObjectDefinition Object, string Subject, string KeyFile)
{
    /// <summary>Gets who may use it.</summary>
    public ImmutableArray<NatsGrant> Grants { get; init; } = [];

    /// <summary>Gets how messages are delivered. Those that import it must say the same.</summary>
    public NatsDelivery Delivery { get; init; } = NatsDelivery.AtMostOnce;
}
