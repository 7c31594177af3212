using Rel4.Runtime;

namespace Rel4.Streams;

/// <summary>Lets HTTP clients connect over an endpoint.</summary>
public static class SocketsHttpHandlerExtensions
{
    /// <summary>Has a handler make all its connections over an endpoint, whatever host and port a request names.</summary>
    /// <param name="handler">The handler of an <see cref="HttpClient"/>, or of a client of gRPC.</param>
    /// <param name="endpoint">An endpoint with the Write and Grant rights, at which an HTTP server listens for streams.</param>
    /// <param name="options">What each connection may take here.</param>
    /// <returns>The handler.</returns>
    /// <remarks>
    /// Addresses begin by <c>http://</c>: there is no TLS, which could tell nobody more than the capability does. Without an HTTP server at the endpoint requests wait, as long as their
    /// time limit and <see cref="SocketsHttpHandler.ConnectTimeout"/> allow.
    /// </remarks>
    public static SocketsHttpHandler UseRel4(this SocketsHttpHandler handler, EndpointCap endpoint, StreamOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        // The endpoint is the server: no proxy of the environment's stands between.
        handler.UseProxy = false;
        handler.ConnectCallback = async (_, cancellationToken) =>
            (await StreamConnection.ConnectAsync(endpoint, options, cancellationToken).ConfigureAwait(false)).AsStream();
        return handler;
    }
}
