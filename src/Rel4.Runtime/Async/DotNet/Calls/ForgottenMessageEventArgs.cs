using System.Globalization;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Tells of a request or response that code has received and neither ended nor kept.</summary>
public sealed class ForgottenMessageEventArgs : EventArgs
{
    internal ForgottenMessageEventArgs(AsyncMachine machine, ulong endpoint, ulong badge, ChannelMessage message)
    {
        Endpoint = endpoint;
        EndpointName = machine.GrantOf(endpoint)?.Name;
        IsRequest = message.Kind != RecordKind.Reply;
        Badge = badge;
        Label = message.Label;
        Length = message.Length;
    }

    /// <summary>Gets the address of the capability of the endpoint that it came over.</summary>
    public ulong Endpoint { get; }

    /// <summary>Gets the name under which the capability was granted; null if that is not known.</summary>
    public string? EndpointName { get; }

    /// <summary>Gets whether it was a request, whose caller was now told that there is no reply; else it was a response.</summary>
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
        $"a {(IsRequest ? "request" : "response")} of endpoint {(EndpointName is null ? Endpoint : $"'{EndpointName}'")} was forgotten (label {Label}, {Length} bytes): {(IsRequest ? $"its caller, badge {Badge}, waited until now. Reply to every request, or dispose of it" : "its place was taken until now. Dispose of every response")}.");
}
