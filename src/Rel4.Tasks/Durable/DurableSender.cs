using Rel4.Runtime;

namespace Rel4.Hosted.Durable;

/// <summary>A sender of messages that survive whoever dies: they are stored, and delivered at least once.</summary>
/// <remarks>
/// <para>
/// It is for an endpoint that the system imports to be delivered at least once (<c>NatsDelivery.AtLeastOnce</c>), which takes nothing else. A message is stored when its send is complete. It is
/// delivered until a receiver has answered it: once if all goes well, and again when a receiver, its system's bridge, or the way between them was lost before the answer was known. Receivers
/// read it by <see cref="DurableMessage"/>, and know by its id what they have had before.
/// </para>
/// <para>
/// A send that failed may be repeated with the same id, whatever is known of the first (<see cref="Rel4Exception.MayHaveActed"/>): within two minutes it is stored once. Messages of one sender
/// arrive in about the order of their sends; one that is delivered again comes later.
/// </para>
/// </remarks>
/// <param name="endpoint">The endpoint.</param>
public readonly struct DurableSender(EndpointCap endpoint)
{
    /// <summary>Sends a message.</summary>
    /// <param name="label">A number for the receiver's code.</param>
    /// <param name="payload">What the message carries, within what the servers take as one message (1 MiB unless they say otherwise, less 256 bytes); it stays as it is until the task is complete.</param>
    /// <param name="id">Tells it from others: 1 to 64 visible ASCII characters. Null for a new one.</param>
    /// <param name="cancellationToken">Ends the wait. Whether the message is stored is unknown then.</param>
    /// <returns>A task that is complete when the message is stored.</returns>
    /// <exception cref="NotDeliveredException">It was not stored: no server can be reached, nobody has exported the subject yet, or there is no room.</exception>
    /// <exception cref="ReplyAbandonedException">Whether it was stored is unknown.</exception>
    /// <exception cref="MessageTooLongException">It is longer than the servers take.</exception>
    /// <exception cref="ArgumentException">The id can't be one.</exception>
    /// <exception cref="InvalidOperationException">Who receives from the endpoint stores nothing.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async ValueTask<DurableReceipt> SendAsync(ushort label, ReadOnlyMemory<byte> payload, string? id = null, CancellationToken cancellationToken = default)
    {
        id ??= Guid.NewGuid().ToString("N");
        if (!DurableFrame.IsId(id))
            throw new ArgumentException("An id has 1 to 64 visible ASCII characters.", nameof(id));
        byte[] message = new byte[DurableFrame.Fixed + id.Length + payload.Length];
        DurableFrame.Write(message, id, deliveries: 0, payload.Span);
        using IpcResponse response = await endpoint.CallAsync(label, message, cancellationToken);
        return DurableFrame.TryReadReceipt(response.Payload, out ulong sequence, out bool wasStoredBefore)
            ? new DurableReceipt(id, sequence, wasStoredBefore)
            : throw new InvalidOperationException("Who receives from the endpoint stores nothing. Import the endpoint with NatsDelivery.AtLeastOnce ('atLeastOnce').");
    }
}
