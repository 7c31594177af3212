using System.Buffers;
using NATS.Client.Core;

namespace Rel4.Nats.Bridge;

/// <summary>Is a message that is about to be published.</summary>
/// <param name="Header">What it begins with.</param>
/// <param name="Payload">What follows.</param>
internal readonly record struct Outgoing(MessageHeader Header, Payload Payload = default)
{
    /// <summary>Writes them: within the call that publishes, so that nothing is copied twice.</summary>
    public sealed class Serializer : INatsSerialize<Outgoing>
    {
        public static readonly Serializer Instance = new();

        public void Serialize(IBufferWriter<byte> bufferWriter, Outgoing value)
        {
            int length = MessageHeader.Size + value.Payload.Length;
            Span<byte> place = bufferWriter.GetSpan(length);
            value.Header.Write(place);
            value.Payload.CopyTo(place[MessageHeader.Size..]);
            bufferWriter.Advance(length);
        }
    }
}
