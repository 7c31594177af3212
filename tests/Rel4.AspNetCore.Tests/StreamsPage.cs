using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Streams;

namespace Rel4.AspNetCore.Tests;

/// <summary>The programs of docs/streams.md, word for word.</summary>
internal static class StreamsPage
{
    public static SystemBuilder Compose()
    {
        var builder = new SystemBuilder();
        EndpointDefinition greetings = builder.AddEndpoint("greetings");
        builder.AddTask("server", Server.Run).Grant("greetings", greetings, CapRights.Read | CapRights.Grant);
        builder.AddTask("client", Client.Run).Grant("greetings", greetings, CapRights.Write | CapRights.Grant, badge: 7);
        return builder;
    }

    public static ulong BadgeOf(ServerCallContext context)
    {
        ulong badge = context.GetHttpContext().Features.Get<IRel4ConnectionFeature>()?.Badge ?? 0;
        return badge;
    }

    internal static class Server
    {
        public static void Run()
        {
            WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
            builder.WebHost.UseRel4(TaskContext.Endpoint("greetings"), listen => listen.Protocols = HttpProtocols.Http2);
            builder.Services.AddGrpc();
            WebApplication app = builder.Build();
            app.MapGrpcService<SumsService>();
            app.Run();
        }
    }

    internal static class Client
    {
        public static void Run()
        {
            var handler = new SocketsHttpHandler().UseRel4(TaskContext.Endpoint("greetings"));
            using GrpcChannel channel = GrpcChannel.ForAddress("http://greetings", new GrpcChannelOptions { HttpHandler = handler });
            Console.WriteLine(new Sums.SumsClient(channel).Add(new Terms { Values = { 40, 2 } }));
        }
    }

    internal static class LineServer
    {
        public static void Run() => ServeAsync().GetAwaiter().GetResult();

        public static async Task ServeAsync()
        {
            await using var listener = StreamListener.Start(TaskContext.Endpoint("lines"), new StreamOptions { MaxConnectionsPerBadge = 16 });
            await foreach (StreamConnection connection in listener.AcceptAllAsync())
                _ = EchoAsync(connection);
        }

        private static async Task EchoAsync(StreamConnection connection)
        {
            await using (connection)
            {
                try
                {
                    await connection.Input.CopyToAsync(connection.Output);
                }
                catch (StreamClosedException closed)
                {
                    Console.WriteLine($"client {connection.Badge}: {closed.Message}");
                }
            }
        }
    }

    internal static class LineClient
    {
        public static void Run() => AskAsync().GetAwaiter().GetResult();

        public static async Task AskAsync()
        {
            await using StreamConnection connection = await StreamConnection.ConnectAsync(TaskContext.Endpoint("lines"));
            using var reader = new StreamReader(connection.AsStream());
            await connection.Output.WriteAsync("a line\n"u8.ToArray());
            await connection.Output.CompleteAsync();
            Console.WriteLine(await reader.ReadToEndAsync());
        }
    }
}
