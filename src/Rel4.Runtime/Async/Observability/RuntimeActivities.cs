using System.Diagnostics;

namespace Rel4.Runtime;

/// <summary>Traces calls by an <see cref="ActivitySource"/> named <c>Rel4</c>.</summary>
/// <remarks>Costs one look at a field where nobody listens.</remarks>
internal static class RuntimeActivities
{
    /// <summary>Gets the source.</summary>
    public static ActivitySource Source { get; } = new("Rel4");

    /// <summary>Lets an activity <c>rel4.call</c> last for as long as a call that has begun.</summary>
    public static async Task<IpcResponse> TraceAsync(CoTask<IpcResponse> call, EndpointCap endpoint, ushort label, int requestBytes)
    {
        using Activity? activity = Source.StartActivity("rel4.call", ActivityKind.Client);
        activity?.SetTag("rel4.endpoint", endpoint.CPtr).SetTag("rel4.label", (int)label).SetTag("rel4.request_bytes", requestBytes);
        try
        {
            IpcResponse response = await call;
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
