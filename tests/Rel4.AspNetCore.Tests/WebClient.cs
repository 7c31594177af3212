using System.Diagnostics;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Rel4.Hosted.Tests.Async;
using Rel4.Streams;

namespace Rel4.AspNetCore.Tests;

/// <summary>Is what clients of <see cref="WebServer"/> do.</summary>
internal static class WebClient
{
    private const int LargeBytes = 20 << 20;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(25);

    public static void CallUnary() => Run(async sums =>
    {
        Console.WriteLine(await sums.AddAsync(new Terms { Values = { 40, 2 } }));
        Sum[] many = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => sums.AddAsync(new Terms { Values = { i, i } }).ResponseAsync));
        Console.WriteLine(many.Sum(sum => sum.Value));
    });

    public static void Stream() => Run(async sums =>
    {
        using AsyncClientStreamingCall<Terms, Sum> all = sums.AddAll();
        for (int i = 1; i <= 1000; i++)
            await all.RequestStream.WriteAsync(new Terms { Values = { i } });
        await all.RequestStream.CompleteAsync();
        Console.WriteLine($"up {(await all.ResponseAsync).Value}");

        using AsyncServerStreamingCall<Sum> count = sums.Count(new Terms { Values = { 1000 } });
        long last = 0;
        await foreach (Sum sum in count.ResponseStream.ReadAllAsync())
            last = sum.Value;
        Console.WriteLine($"down {last}");

        using AsyncDuplexStreamingCall<Terms, Sum> total = sums.Total();
        for (int i = 1; i <= 100; i++)
        {
            await total.RequestStream.WriteAsync(new Terms { Values = { i } });
            await total.ResponseStream.MoveNext(CancellationToken.None);
        }

        Console.WriteLine($"both {total.ResponseStream.Current.Value}");
        await total.RequestStream.CompleteAsync();
        Console.WriteLine(await total.ResponseStream.MoveNext(CancellationToken.None));
    });

    public static void SendLarge() => Run(async sums =>
    {
        byte[] large = new byte[LargeBytes];
        new Random(1).NextBytes(large);
        Blob echo = await sums.EchoAsync(new Blob { Content = UnsafeByteOperations.UnsafeWrap(large) });
        Console.WriteLine(echo.Content.Span.SequenceEqual(large));
    });

    public static void Cancel() => Run(async sums =>
    {
        using var stop = new CancellationTokenSource();
        AsyncUnaryCall<Sum> call = sums.WaitAsync(new Terms(), cancellationToken: stop.Token);
        while ((await sums.WaitingAsync(new Terms())).Value == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        stop.Cancel();
        Console.WriteLine(await StatusOfAsync(call));
        Console.WriteLine(await StatusOfAsync(sums.AddAsync(new Terms())));
    });

    public static void OverrunDeadline() => Run(async sums =>
    {
        // The server runs, so that the time is the service's.
        await sums.AddAsync(new Terms());
        Console.WriteLine(await StatusOfAsync(sums.WaitAsync(new Terms(), deadline: DateTime.UtcNow.AddSeconds(3))));
    });

    /// <summary>Has calls under way when the server is killed, and calls again.</summary>
    public static void OutliveServer() => Run(async sums =>
    {
        AsyncUnaryCall<Sum>[] under = [.. Enumerable.Range(0, 10).Select(_ => sums.WaitAsync(new Terms()))];
        await Task.WhenAll(sums.AddAsync(new Terms()).ResponseAsync);
        Console.WriteLine($"killed: {await StatusOfAsync(sums.ExitAsync(new Terms()))}");
        StatusCode[] ends = await Task.WhenAll(under.Select(StatusOfAsync));
        Console.WriteLine($"under way: {string.Join(' ', ends.Distinct())}");
        long start = Stopwatch.GetTimestamp();
        StatusCode again;
        while ((again = await StatusOfAsync(sums.AddAsync(new Terms()))) != StatusCode.OK && Stopwatch.GetElapsedTime(start) < s_limit)
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        Console.WriteLine($"again: {again}");
    });

    /// <summary>Does HTTP/1.1.</summary>
    public static void GetAndPost()
    {
        GetAndPostAsync().WaitAsync(s_limit).GetAwaiter().GetResult();

        static async Task GetAndPostAsync()
        {
            using var client = new HttpClient(new SocketsHttpHandler().UseRel4(AsyncSystem.Endpoint)) { BaseAddress = new Uri("http://server") };
            Console.WriteLine(await client.GetStringAsync(new Uri("/who", UriKind.Relative)));
            byte[] large = new byte[LargeBytes];
            new Random(2).NextBytes(large);
            using var content = new ByteArrayContent(large);
            using HttpResponseMessage response = await client.PostAsync(new Uri("/echo", UriKind.Relative), content);
            Console.WriteLine((await response.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(large));
            string[] all = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetStringAsync(new Uri("/who", UriKind.Relative))));
            Console.WriteLine(string.Join(", ", all.Distinct()));
        }
    }

    private static void Run(Func<Sums.SumsClient, Task> program)
    {
        using GrpcChannel channel = GrpcChannel.ForAddress("http://server", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler().UseRel4(AsyncSystem.Endpoint),
            MaxReceiveMessageSize = null,
        });
        program(new Sums.SumsClient(channel)).WaitAsync(s_limit).GetAwaiter().GetResult();
    }

    private static async Task<StatusCode> StatusOfAsync(AsyncUnaryCall<Sum> call)
    {
        try
        {
            await call;
            return StatusCode.OK;
        }
        catch (RpcException failed)
        {
            return failed.StatusCode;
        }
    }
}
