using System.Net;
using System.Net.Http.Headers;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Rel4.AspNetCore;

namespace Rel4.OpenTelemetry.Internal;

/// <summary>Answers the requests of tasks' exporters: the bare server's application, without a host that would trace and log each of them.</summary>
internal sealed partial class RelayApplication : IHttpApplication<HttpContext>, IDisposable
{
    private const string Protobuf = "application/x-protobuf";

    /// <summary>A collector's answer is short.</summary>
    private const int MostAnswerBytes = 64 << 10;

    private readonly Func<ulong, string?> _taskOf;
    private readonly TelemetryRelayOptions _options;
    private readonly ILogger _logger;
    private readonly HttpClient _collector;
    private readonly PartitionedRateLimiter<string> _limiter;
    private bool _isUnreachable;
    private bool _isRevoked;

    /// <summary>Makes it.</summary>
    /// <param name="taskOf">Names the task that a badge is of; null for none. Throws <see cref="ArgumentException"/> where the endpoint is this process' no longer.</param>
    /// <param name="options">Where requests go, and how many.</param>
    /// <param name="logger">Takes what goes wrong with the collector.</param>
    public RelayApplication(Func<ulong, string?> taskOf, TelemetryRelayOptions options, ILogger logger)
    {
        _taskOf = taskOf;
        _options = options;
        _logger = logger;
        // Without a propagator it makes no spans of its own.
        var handler = new SocketsHttpHandler { ActivityHeadersPropagator = null, AllowAutoRedirect = false, UseCookies = false };
        _collector = new HttpClient(handler) { Timeout = options.Timeout, MaxResponseContentBufferSize = MostAnswerBytes };
        _limiter = PartitionedRateLimiter.Create<string, string>(task => RateLimitPartition.GetTokenBucketLimiter(task, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = Math.Max(options.MaxBytesPerSecond, options.MaxRequestBytes),
            TokensPerPeriod = options.MaxBytesPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        }));
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        ulong badge = context.Features.GetRequiredFeature<IRel4ConnectionFeature>().Badge;
        if (TryName(badge, out string task) is { } unknown)
        {
            Refuse(context, unknown);
            return;
        }

        if (Check(request) is { } refusal)
        {
            Refuse(context, refusal);
            return;
        }

        int length = (int)request.ContentLength!.Value;
        using (RateLimitLease lease = _limiter.AttemptAcquire(task, length))
        {
            if (!lease.IsAcquired)
            {
                context.Response.Headers.RetryAfter = "1";
                Refuse(context, HttpStatusCode.TooManyRequests);
                return;
            }
        }

        byte[] body = new byte[length];
        await request.Body.ReadExactlyAsync(body, context.RequestAborted).ConfigureAwait(false);
        byte[] stamped;
        try
        {
            stamped = OtlpResources.Stamp(body, AttributesOf(task));
        }
        catch (FormatException)
        {
            Refuse(context, HttpStatusCode.BadRequest);
            return;
        }

        await ForwardAsync(context, task, stamped).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _collector.Dispose();
        _limiter.Dispose();
    }

    /// <summary>Names the task that a badge is of.</summary>
    /// <returns>Why there is none, as OTLP has it: a client of what is forbidden drops it, and one of what is unavailable tries again; null if there is one.</returns>
    private HttpStatusCode? TryName(ulong badge, out string task)
    {
        task = "";
        try
        {
            if (_taskOf(badge) is not { } name)
                return HttpStatusCode.Forbidden;
            task = name;
            return null;
        }
        catch (ArgumentException revoked)
        {
            // Channels that were opened through it close now.
            if (!Interlocked.Exchange(ref _isRevoked, true))
                Revoked(_logger, revoked.Message);
            return HttpStatusCode.ServiceUnavailable;
        }
    }

    private HttpStatusCode? Check(HttpRequest request)
    {
        if (request.Path.Value is not ("/v1/traces" or "/v1/metrics" or "/v1/logs"))
            return HttpStatusCode.NotFound;
        if (!HttpMethods.IsPost(request.Method))
            return HttpStatusCode.MethodNotAllowed;
        // What is compressed could be any length.
        if (request.ContentType != Protobuf || request.Headers.ContentEncoding.Count != 0)
            return HttpStatusCode.UnsupportedMediaType;
        return request.ContentLength switch
        {
            null => HttpStatusCode.LengthRequired,
            { } length when length > _options.MaxRequestBytes => HttpStatusCode.RequestEntityTooLarge,
            _ => null,
        };
    }

    private IEnumerable<KeyValuePair<string, string>> AttributesOf(string task)
    {
        yield return new("service.name", task);
        yield return new("rel4.task", task);
        if (_options.ServiceNamespace is { } space)
            yield return new("service.namespace", space);
    }

    private async Task ForwardAsync(HttpContext context, string task, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _options.Collector.ToString().TrimEnd('/') + context.Request.Path.Value)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(Protobuf) } },
        };
        foreach ((string name, string value) in _options.Headers)
            request.Headers.TryAddWithoutValidation(name, value);
        try
        {
            using HttpResponseMessage answer = await _collector.SendAsync(request, context.RequestAborted).ConfigureAwait(false);
            if (_isUnreachable)
                Reached(_logger, _options.Collector);
            _isUnreachable = false;
            context.Response.StatusCode = (int)answer.StatusCode;
            if (answer.Headers.RetryAfter is { } later)
                context.Response.Headers.RetryAfter = later.ToString();
            if (!answer.IsSuccessStatusCode)
            {
                Refused(_logger, task, (int)answer.StatusCode);
                context.Response.ContentLength = 0;
                return;
            }

            byte[] content = await answer.Content.ReadAsByteArrayAsync(context.RequestAborted).ConfigureAwait(false);
            context.Response.ContentType = Protobuf;
            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content, context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !context.RequestAborted.IsCancellationRequested)
        {
            if (!_isUnreachable)
                NotReached(_logger, _options.Collector, failure.Message);
            _isUnreachable = true;
            // As OTLP has it: the exporter may try again.
            Refuse(context, HttpStatusCode.ServiceUnavailable);
        }
    }

    private static void Refuse(HttpContext context, HttpStatusCode status)
    {
        context.Response.StatusCode = (int)status;
        context.Response.ContentLength = 0;
        // The body may not have been read, and what is not wanted is not read through to find the next request.
        context.Response.Headers.Connection = "close";
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "The collector {Collector} can't be reached, and telemetry of tasks is refused: {Reason}")]
    private static partial void NotReached(ILogger logger, Uri collector, string reason);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "The collector {Collector} is reached again")]
    private static partial void Reached(ILogger logger, Uri collector);

    [LoggerMessage(EventId = 3, Level = LogLevel.Debug, Message = "The collector refused telemetry of task '{Task}' with {Status}")]
    private static partial void Refused(ILogger logger, string task, int status);

    [LoggerMessage(EventId = 4, Level = LogLevel.Warning, Message = "The endpoint for telemetry is taken away, and telemetry of tasks is refused: {Reason}")]
    private static partial void Revoked(ILogger logger, string reason);
}
