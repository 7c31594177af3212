using System.Globalization;
using System.Net;

namespace Rel4.AspNetCore;

/// <summary>An address at which Kestrel listens: an endpoint capability.</summary>
/// <param name="endpoint">An endpoint with the Read and Grant rights.</param>
public sealed class Rel4EndPoint(Rel4.Runtime.EndpointCap endpoint) : EndPoint
{
    /// <summary>Gets the endpoint.</summary>
    public Rel4.Runtime.EndpointCap Endpoint { get; } = endpoint;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"rel4:{Endpoint.CPtr}");

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Rel4EndPoint other && Endpoint == other.Endpoint;

    /// <inheritdoc/>
    public override int GetHashCode() => Endpoint.GetHashCode();
}
