using Rel4.Runtime;

namespace Rel4.Hosted.Durable;

/// <summary>A message that is kept until it is acknowledged, and is delivered at least once.</summary>
/// <remarks>
/// <para>
/// <see cref="Acknowledge"/> has the servers forget it; any reply to its request does the same. One that is disposed of without, or whose receiver ends, is delivered again after a delay: half a second,
/// then twice as long each time, up to half a minute; to this receiver or, where several systems export the subject, to another's. One that is neither acknowledged nor disposed of is at work, however
/// long that takes.
/// </para>
/// <para>
/// So a receiver may see a message again that it has acted on: its answer, or it itself, was lost on the way. It can tell by the <see cref="Id"/>, which is the sender's, and so not unique among
/// senders: keep it with the <see cref="Badge"/>. A message that can't be acted on comes again without end; whoever wants to give it up looks at <see cref="DeliveryCount"/>, and acknowledges it.
/// </para>
/// </remarks>
public readonly struct DurableMessage : IDisposable
{
    private readonly IpcRequest _request;

    private DurableMessage(IpcRequest request, string id, int deliveryCount)
    {
        _request = request;
        Id = id;
        DeliveryCount = deliveryCount;
    }

    /// <summary>Gets the id that tells it from others of its sender: the same at each delivery.</summary>
    public string Id { get; }

    /// <summary>Gets how many times it was delivered, this one among them: 1 at first. A delivery that nobody saw, as its bridge was lost, is counted too.</summary>
    public int DeliveryCount { get; }

    /// <summary>Gets the badge of the grant that it was sent through: who sent it, as the exporting system has it.</summary>
    /// <inheritdoc cref="IpcRequest.Badge" path="/exception"/>
    public ulong Badge => _request.Badge;

    /// <summary>Gets the sender's label.</summary>
    /// <inheritdoc cref="IpcRequest.Badge" path="/exception"/>
    public ushort Label => _request.Label;

    /// <summary>Gets what it carries, until it is acknowledged or disposed of. For use before the next <c>await</c>, as <see cref="IpcRequest.Payload"/> is.</summary>
    /// <inheritdoc cref="IpcRequest.Badge" path="/exception"/>
    public ReadOnlySpan<byte> Payload => _request.Payload[(DurableFrame.Fixed + Id.Length)..];

    /// <summary>Reads a message that is kept.</summary>
    /// <param name="request">The request that brought it. It is the message's from then on; if it is none, it stays the caller's.</param>
    /// <param name="message">The message.</param>
    /// <returns>False if it is none: somebody called the endpoint, and nothing is delivered again.</returns>
    /// <inheritdoc cref="IpcRequest.Badge" path="/exception"/>
    public static bool TryRead(IpcRequest request, out DurableMessage message)
    {
        bool isOne = DurableFrame.TryRead(request.Payload, out string id, out int deliveries) && deliveries > 0;
        message = isOne ? new DurableMessage(request, id, deliveries) : default;
        return isOne;
    }

    /// <summary>Has the servers forget the message: it was acted on. To do it again does nothing.</summary>
    public void Acknowledge()
    {
        _ = _request.ReplyAsync(0);
    }

    /// <summary>Ends the message; one that was not acknowledged is delivered again.</summary>
    public void Dispose() => _request.Dispose();
}
