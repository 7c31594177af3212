using System.Globalization;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Tells of a request or response that code has received, or a message that it has begun, and neither ended nor kept.</summary>
public sealed class ForgottenMessageEventArgs : EventArgs
{
    internal ForgottenMessageEventArgs(ulong endpoint, ulong badge, ChannelMessage message)
        : this(endpoint, message.Length)
    {
        IsUnsent = false;
        IsRequest = message.Kind != RecordKind.Reply;
        Badge = badge;
        Label = message.Label;
    }

    /// <summary>Tells of a message that was being written.</summary>
    internal ForgottenMessageEventArgs(ulong endpoint, int length)
    {
        Endpoint = endpoint;
        EndpointName = AsyncMachine.NameOf(endpoint);
        IsUnsent = true;
        Length = length;
    }

    /// <summary>Gets the address of the capability of the endpoint that it came over, or was for; 0 if that is not known.</summary>
    public ulong Endpoint { get; }

    /// <summary>Gets the name under which the capability was granted; null if that is not known.</summary>
    public string? EndpointName { get; }

    /// <summary>Gets whether it was a message in a <see cref="MessageWriter"/>, neither sent nor given up; else it was a request or a response.</summary>
    public bool IsUnsent { get; }

    /// <summary>Gets whether it was a request, whose caller was now told that there is no reply.</summary>
    public bool IsRequest { get; }

    /// <summary>Gets the badge of a request.</summary>
    public ulong Badge { get; }

    /// <summary>Gets the label.</summary>
    public ushort Label { get; }

    /// <summary>Gets the bytes of the payload.</summary>
    public int Length { get; }

    /// <summary>Says it in a sentence.</summary>
    public override string ToString() => $"reL4: {Describe()}";

    /// <summary>Says it without saying who does.</summary>
    internal string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"a {(IsUnsent ? "message to the other side" : IsRequest ? "request" : "response")} of {AsyncMachine.Describe("endpoint", Endpoint)} was forgotten (label {Label}, {Length} bytes): {(IsUnsent ? "it was not sent, and its memory was taken until now. Send what a MessageWriter holds, or dispose of it" : IsRequest ? $"its caller, badge {Badge}, waited until now. Reply to every request, or dispose of it" : "its place was taken until now. Dispose of every response")}.");
}
