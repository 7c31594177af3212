using Rel4.Hosted.Durable;

namespace Rel4.Hosted.Composition;

/// <summary>Names how often a message arrives.</summary>
public enum NatsDelivery
{
    /// <summary>Once, or not at all, as between processes: calls and sends, and whoever can't know whether a call was carried out is told so.</summary>
    AtMostOnce,

    /// <summary>
    /// Once or more often: JetStream keeps what was sent until a receiver has answered it, whatever dies meanwhile. For an endpoint; senders use <see cref="DurableSender"/>, and
    /// receivers read an id that tells repetitions by <see cref="DurableMessage"/>.
    /// </summary>
    AtLeastOnce,
}
