using System.Diagnostics;

namespace Rel4.Runtime;

/// <summary>Traces calls by an <see cref="ActivitySource"/> named <c>Rel4</c>.</summary>
/// <remarks>Costs one look at a field where nobody listens.</remarks>
internal static class RuntimeActivities
{
    /// <summary>Gets the source.</summary>
    public static ActivitySource Source { get; } = new("Rel4");

    /// <summary>Calls within an activity <c>rel4.call</c>.</summary>
    public static async ValueTask<Response> TraceAsync(
        Endpoint endpoint, ushort label, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using Activity? activity = Source.StartActivity("rel4.call", ActivityKind.Client);
        activity?.SetTag("rel4.endpoint", endpoint.CPtr).SetTag("rel4.label", (int)label).SetTag("rel4.request_bytes", payload.Length);
        try
        {
            Response response = await endpoint.CallUntracedAsync(label, payload, timeout, cancellationToken);
            activity?.SetTag("rel4.response_bytes", response.Length);
            return response;
        }
        catch (Exception failure)
        {
            activity?.SetStatus(ActivityStatusCode.Error, failure.Message);
            throw;
        }
    }
}
