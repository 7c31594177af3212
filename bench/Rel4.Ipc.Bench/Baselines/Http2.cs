using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Rel4.Ipc.Bench.Baselines;

/// <summary>Is HTTP/2 over a Unix socket, which gRPC between processes runs on: Kestrel and <see cref="HttpClient"/>.</summary>
internal static class Http2
{
    private const string Name = "http";

    /// <summary>Answers each request with its own body.</summary>
    public static void Serve()
    {
        var options = new KestrelServerOptions();
        options.ListenUnixSocket(BenchmarkTask.SocketPath(Name), listen => listen.Protocols = HttpProtocols.Http2);
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        var server = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
        server.StartAsync(new EchoApplication(), CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>Makes a client.</summary>
    public static HttpClient Connect()
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new NetworkStream(UnixSocket.Connect(Name), ownsSocket: true)),
        };
        return new HttpClient(handler)
        {
            BaseAddress = new Uri("http://localhost"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    /// <summary>Posts a message and reads the answer, so many times.</summary>
    public static void RoundTrip(HttpClient client, byte[] message, int count) =>
        RoundTripAsync(client, message, count).GetAwaiter().GetResult();

    private static async Task RoundTripAsync(HttpClient client, byte[] message, int count)
    {
        for (int i = 0; i < count; i++)
        {
            using var content = new ByteArrayContent(message);
            using HttpResponseMessage response = await client.PostAsync(new Uri("/", UriKind.Relative), content).ConfigureAwait(false);
            byte[] answer = await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
            if (answer.Length != message.Length)
                throw new InvalidDataException($"HTTP/2 answered {response.StatusCode} with {answer.Length} bytes.");
        }
    }

    private sealed class EchoApplication : IHttpApplication<IFeatureCollection>
    {
        public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

        public Task ProcessRequestAsync(IFeatureCollection context) =>
            context.GetRequiredFeature<IHttpRequestFeature>().Body
                .CopyToAsync(context.GetRequiredFeature<IHttpResponseBodyFeature>().Stream);

        public void DisposeContext(IFeatureCollection context, Exception? exception)
        {
        }
    }
}
