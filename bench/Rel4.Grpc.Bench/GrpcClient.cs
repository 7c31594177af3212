using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Net.Client;
using Rel4.Hosted.Composition;
using Rel4.Ipc.Bench;
using Rel4.Streams;

namespace Rel4.Grpc.Bench;

/// <summary>Calls both ways in turn.</summary>
internal static class GrpcClient
{
    public const int MessageBytes = 64;

    private static readonly Message s_message = new() { Content = ByteString.CopyFrom(new byte[MessageBytes]) };

    public static int Run()
    {
        var endpoint = Connect(new SocketsHttpHandler().UseRel4(TaskContext.Endpoint(Scenario.Calls)));
        // It waits until the server listens, at both.
        endpoint.Say(s_message);
        var socket = Connect(new SocketsHttpHandler { ConnectCallback = ConnectSocketAsync });

        int[] concurrency = [1, 64];
        Action<int>[] ways = [.. concurrency.SelectMany(number => new Action<int>[] { count => Call(endpoint, number, count), count => Call(socket, number, count) })];
        IReadOnlyList<double>[] samples = Interleaved.Run(BenchmarkTask.Pace, ways);
        BenchmarkTask.Return(
            new GrpcFigures(
                samples[0].Count,
                [.. concurrency.Select((number, i) => new GrpcPoint(
                    number, Spread.Of(samples[2 * i]), Spread.Of(samples[(2 * i) + 1]), Spread.OfRatios(samples[2 * i], samples[(2 * i) + 1])))]),
            GrpcFiguresContext.Default.GrpcFigures);
        return 0;
    }

    private static Echo.EchoClient Connect(SocketsHttpHandler handler) =>
        new(GrpcChannel.ForAddress("http://server", new GrpcChannelOptions { HttpHandler = handler }));

    private static async ValueTask<Stream> ConnectSocketAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(BenchmarkTask.SocketPath(GrpcServer.Socket)), cancellationToken).ConfigureAwait(false);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Makes so many calls, some at a time.</summary>
    private static void Call(Echo.EchoClient client, int concurrency, int count)
    {
        int left = count;
        Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => WorkAsync())).GetAwaiter().GetResult();

        async Task WorkAsync()
        {
            while (Interlocked.Decrement(ref left) >= 0)
                await client.SayAsync(s_message).ConfigureAwait(false);
        }
    }
}
