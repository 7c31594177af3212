using System.Net;
using System.Net.Http.Headers;
using Rel4.Hosted.Composition;
using Rel4.OpenTelemetry.Internal;
using Rel4.Streams;

namespace Rel4.OpenTelemetry.Tests;

/// <summary>What tasks try at a relay that takes up to 2,000 bytes at a time, and in a second.</summary>
internal static class RelayPrograms
{
    public const int MostBytes = 2000;

    private const string Protobuf = "application/x-protobuf";

    /// <summary>Sends what is refused, and then what is not, in the name of another.</summary>
    public static void Try() => Run(async client =>
    {
        byte[] forged = OtlpResources.Stamp([10, 0], [new("service.name", "bank"), new("rel4.task", "bank"), new("kept", "as it is")]);
        await TellAsync(client, "get", new HttpRequestMessage(HttpMethod.Get, "/v1/traces"));
        await TellAsync(client, "elsewhere", Post("/v1/traces/../admin", forged, Protobuf));
        await TellAsync(client, "json", Post("/v1/traces", "{}"u8.ToArray(), "application/json"));
        HttpRequestMessage packed = Post("/v1/traces", forged, Protobuf);
        packed.Content!.Headers.ContentEncoding.Add("gzip");
        await TellAsync(client, "packed", packed);
        HttpRequestMessage endless = Post("/v1/traces", forged, Protobuf);
        endless.Headers.TransferEncodingChunked = true;
        await TellAsync(client, "of no length", endless);
        await TellAsync(client, "too long", Post("/v1/traces", new byte[MostBytes + 1], Protobuf));
        await TellAsync(client, "random", Post("/v1/traces", [1, 2, 3, 4, 5], Protobuf));
        await TellAsync(client, "forged", Post("/v1/traces", forged, Protobuf));
        bool isTooOften = false;
        for (int i = 0; i < 100 && !isTooOften; i++)
        {
            using HttpResponseMessage answer = await client.SendAsync(Post("/v1/logs", OtlpResources.Stamp([10, 0], [new("long", new string('x', 900))]), Protobuf));
            isTooOften = answer.StatusCode == HttpStatusCode.TooManyRequests && answer.Headers.RetryAfter?.Delta == TimeSpan.FromSeconds(1);
        }

        Console.WriteLine($"too often {isTooOften}");
    });

    /// <summary>Sends, with a badge that another task has, too.</summary>
    public static void TryAsOneOfTwo() => Run(client => TellAsync(client, "one of two", Post("/v1/traces", [10, 0], Protobuf)));

    /// <summary>Sends when the collector is gone.</summary>
    public static void TryInVain() => Run(client => TellAsync(client, "in vain", Post("/v1/metrics", [10, 0], Protobuf)));

    private static void Run(Func<HttpClient, Task> program)
    {
        using var client = new HttpClient(new SocketsHttpHandler().UseRel4(TaskContext.Endpoint("telemetry"))) { BaseAddress = new Uri("http://relay") };
        program(client).GetAwaiter().GetResult();
    }

    private static HttpRequestMessage Post(string path, byte[] body, string type) =>
        new(HttpMethod.Post, path) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(type) } } };

    private static async Task TellAsync(HttpClient client, string what, HttpRequestMessage request)
    {
        using HttpResponseMessage answer = await client.SendAsync(request);
        Console.WriteLine($"{what} {(int)answer.StatusCode}");
    }
}
