using System.Text.Json.Serialization;

namespace Rel4.Nats.Bridge;

/// <summary>Is what JetStream answers to what is published to a stream.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Sequence">Its place in the stream.</param>
/// <param name="IsDuplicate">Whether one with its id is there.</param>
/// <param name="Error">Why it is not stored; null if it is.</param>
internal sealed record PublishAnswer(
    [property: JsonPropertyName("stream")] string? Stream,
    [property: JsonPropertyName("seq")] ulong Sequence,
    [property: JsonPropertyName("duplicate")] bool IsDuplicate,
    [property: JsonPropertyName("error")] PublishAnswer.Refusal? Error)
{
    /// <summary>Is why something is not stored.</summary>
    /// <param name="ErrorCode">JetStream's number for it.</param>
    internal sealed record Refusal([property: JsonPropertyName("err_code")] int ErrorCode)
    {
        private const int InsufficientResources = 10023, MaximumMessages = 10048, MaximumBytes = 10077;

        /// <summary>Gets whether there is no room just now.</summary>
        public bool IsFull => ErrorCode is InsufficientResources or MaximumMessages or MaximumBytes;
    }
}

/// <summary>Reads it.</summary>
[JsonSerializable(typeof(PublishAnswer))]
internal sealed partial class PublishAnswerContext : JsonSerializerContext;
