namespace Rel4.AspNetCore;

/// <summary>What is known of who is at the other side of a connection over an endpoint: <c>context.Features.Get&lt;IRel4ConnectionFeature&gt;()</c>.</summary>
public interface IRel4ConnectionFeature
{
    /// <summary>Gets the badge of the client's capability: who calls, as whoever composed the system said.</summary>
    ulong Badge { get; }
}
