namespace Rel4.Hosted.Composition;

/// <summary>Describes an endpoint or a notification of a system on another machine, which tasks of this one use as if it were here.</summary>
/// <param name="Object">What stands for it here. Tasks are granted it as they are others; the bridge receives from it.</param>
/// <param name="Subject">What it is called on NATS.</param>
/// <param name="Grant">The grant's name, as the exporting system has it.</param>
/// <param name="KeyFile">The file with the seed of the grant's NKey.</param>
public sealed record NatsImport(ObjectDefinition Object, string Subject, string Grant, string KeyFile)
{
    /// <summary>Gets how calls are spread over several systems that export the subject.</summary>
    public NatsSpread Spread { get; init; } = NatsSpread.Clients;

    /// <summary>Gets how messages are delivered.</summary>
    public NatsDelivery Delivery { get; init; } = NatsDelivery.AtMostOnce;
}
