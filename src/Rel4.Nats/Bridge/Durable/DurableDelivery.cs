using System.Buffers;
using NATS.Client.JetStream;
using Rel4.Hosted.Durable;

namespace Rel4.Nats.Bridge;

/// <summary>Is a message of a stream that is being delivered here.</summary>
/// <param name="Message">The message, by which it is acknowledged.</param>
/// <param name="Id">Its id.</param>
/// <param name="Label">Its label.</param>
/// <param name="Deliveries">How many times it was delivered, this one among them.</param>
internal sealed record DurableDelivery(INatsJSMsg<byte[]> Message, string Id, ushort Label, int Deliveries)
{
    /// <summary>Names the header with the id, by which JetStream knows what it has.</summary>
    public const string IdHeader = "Nats-Msg-Id";

    private static readonly TimeSpan s_firstDelay = TimeSpan.FromSeconds(0.5), s_longestDelay = TimeSpan.FromSeconds(30);

    /// <summary>Gets the bytes that its receiver gets.</summary>
    public int Length => DurableFrame.Fixed + Id.Length + Payload.Length;

    /// <summary>Gets how long it waits until it is delivered again.</summary>
    public TimeSpan Delay => Deliveries > 6 ? s_longestDelay : s_firstDelay * (1 << (Deliveries - 1));

    private ReadOnlySpan<byte> Payload => Message.Data.AsSpan(MessageHeader.Size);

    /// <summary>Reads one.</summary>
    /// <returns>Null if it is none of an importing bridge, whoever published it.</returns>
    public static DurableDelivery? Read(INatsJSMsg<byte[]> message)
    {
        if (message.Data is not { } data || !MessageHeader.TryRead(new ReadOnlySequence<byte>(data), out MessageHeader header)
            || header.Kind != MessageKind.Kept || header.Length != data.Length - MessageHeader.Size
            || message.Headers is not { } headers || !headers.TryGetValue(IdHeader, out var id) || !DurableFrame.IsId(id) || message.Metadata is not { } metadata)
        {
            return null;
        }

        return new DurableDelivery(message, id.ToString(), header.Label, (int)Math.Clamp(metadata.NumDelivered, 1, int.MaxValue));
    }

    /// <summary>Writes what its receiver gets.</summary>
    public void Write(Span<byte> place) => DurableFrame.Write(place, Id, Deliveries, Payload);
}
