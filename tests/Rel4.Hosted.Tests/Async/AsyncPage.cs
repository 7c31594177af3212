using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>The programs of docs/async.md, word for word, and what they leave out.</summary>
internal static class AsyncPage
{
    internal static class Server
    {
        // The server: holds the endpoint with CapRights.Read | CapRights.Grant.
        public static void Run() => ReL4.Run(async () =>
        {
            await foreach (IpcRequest request in TaskContext.Endpoint("requests").ReceiveAllAsync())
                await request.ReplyAsync(label: 0, Answer(request.Payload));
        });

        private static byte[] Answer(ReadOnlySpan<byte> payload) => [.. "answer to "u8, .. payload];
    }

    internal static class Client
    {
        // A client: holds it with CapRights.Write | CapRights.Grant, and a badge: request.Badge says who calls. Give it, or the system does.
        public static void Run() => ReL4.Run(async () =>
        {
            using IpcResponse response = await TaskContext.Endpoint("store").CallAsync(label: 1, "key"u8.ToArray());
            Console.WriteLine(Encoding.UTF8.GetString(response.Payload));
        });
    }

    internal static class WaitingServer
    {
        public static void Run() => ReL4.Run(async () =>
        {
            await foreach (IpcRequest request in TaskContext.Endpoint("requests").ReceiveAllAsync())
                Executor.Current!.Spawn(AnswerAsync, request);
        });

        private static async ValueTask AnswerAsync(IpcRequest request)
        {
            byte[] price = await LookUpAsync(Encoding.UTF8.GetString(request.Payload));
            await request.ReplyAsync(label: 0, price);
        }

        /// <summary>Goes on when as many ask as the client has handlers: one request after another would never be answered.</summary>
        private static async Task<byte[]> LookUpAsync(string name)
        {
            if (++s_asked == WebServer.Handlers)
                s_allAsk.SetResult();
            await s_allAsk.Task;
            return Encoding.UTF8.GetBytes($"price of {name}");
        }

        private static readonly TaskCompletionSource s_allAsk = new();
        private static int s_asked;
    }

    internal static class WebServer
    {
        public const int Handlers = 64;

        public static void Run()
        {
            string[] prices = Task.WhenAll(Enumerable.Range(0, Handlers).Select(_ => Task.Run(() => PriceAsync("tea", CancellationToken.None)))).Result;
            Console.WriteLine(string.Join(", ", prices.Distinct()));
        }

        // app.MapGet("/price/{name}", PriceAsync): the token is cancelled when the browser goes away.
        private static async Task<string> PriceAsync(string name, CancellationToken aborted)
        {
            try
            {
                using IpcResponse response = await TaskContext.Endpoint("store").CallAsync(label: 1, Encoding.UTF8.GetBytes(name), TimeSpan.FromSeconds(1), aborted);
                return Encoding.UTF8.GetString(response.Payload);
            }
            catch (Exception lost) when (lost is Rel4Exception { IsTransient: true } or TimeoutException)
            {
                return "ask again";
            }
        }
    }

    internal static class Writer
    {
        public static void Run() => ReL4.Run(() => OrderAsync(TaskContext.Endpoint("store"), new { Item = "tea", Count = 2 }));

        private static async ValueTask OrderAsync<T>(EndpointCap store, T order)
        {
            using var message = new MessageWriter();
            message.Begin(store, capacity: 100_000);
            JsonSerializer.Serialize(new Utf8JsonWriter(message), order);
            using IpcResponse response = await store.CallAsync(label: 2, message);
            Console.WriteLine(Encoding.UTF8.GetString(response.Payload));
        }
    }

    internal static class Gateway
    {
        // What OpenDescriptors leaves, without some 500 for .NET and the channels: a process that has none left may be ended by .NET.
        private const int MostClients = 300;
        private static int s_clients;

        public static void Run() => ReL4.Run(async () =>
        {
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            Console.WriteLine($"listening on {listener.LocalEndPoint}");
            Executor.Current!.CoroutineFailed += (_, failed) => Console.Error.WriteLine(failed.Exception.Message);
            while (true)
            {
                try
                {
                    Socket accepted = await listener.AcceptAsync();
                    if (s_clients < MostClients)
                        Executor.Current!.Spawn(ServeAsync, accepted);
                    else
                        accepted.Dispose();
                    // Those that come without end keep nobody waiting.
                    await Executor.Current!.Yield();
                }
                catch (SocketException)
                {
                    // It was gone before it was accepted.
                }
            }
        });

        // Is told by an exception that the client, or the store, is gone. That ends this coroutine and closes its connection; others go on.
        private static async ValueTask ServeAsync(Socket accepted)
        {
            s_clients++;
            try
            {
                using Socket socket = accepted;
                using var client = new ExecutorSocket(socket);
                byte[] buffer = new byte[4096];
                for (int length; (length = await client.ReceiveAsync(buffer)) > 0;)
                {
                    using IpcResponse response = await TaskContext.Endpoint("store").CallAsync(0, buffer.AsMemory(0, length));
                    await client.SendAsync(response.Payload.ToArray());
                }
            }
            finally
            {
                s_clients--;
            }
        }
    }
}
