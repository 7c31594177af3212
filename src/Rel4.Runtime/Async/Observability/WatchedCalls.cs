using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>Measures and traces calls while somebody listens: to the instruments of <see cref="RuntimeMeter"/>, or to the <see cref="ActivitySource"/> named <c>Rel4</c>.</summary>
/// <remarks>Where nobody does it costs a look at three fields; no time is taken.</remarks>
internal static class WatchedCalls
{
    private const string Synchronous = "synchronous", Asynchronous = "asynchronous";

    private static readonly ActivitySource s_source = new("Rel4");

    /// <summary>Gets whether somebody listens.</summary>
    public static bool IsOn
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => s_source.HasListeners() || RuntimeMeter.CallDuration.Enabled || RuntimeMeter.CallFailures.Enabled;
    }

    /// <summary>Watches a call that has begun until it ends.</summary>
    public static async Task<IpcResponse> WatchAsync(CoTask<IpcResponse> call, EndpointCap endpoint, ushort label, int requestBytes)
    {
        long start = Stopwatch.GetTimestamp();
        using Activity? activity = Begin(endpoint, Asynchronous, label, requestBytes);
        try
        {
            IpcResponse response = await call;
            activity?.SetTag("rel4.response_bytes", response.Length);
            Record(endpoint, Asynchronous, start, error: null);
            return response;
        }
        catch (Exception failure)
        {
            Fail(activity, failure);
            Record(endpoint, Asynchronous, start, failure);
            throw;
        }
    }

    /// <summary>Makes a synchronous call, and watches it.</summary>
    public static ReceivedMessage Call(EndpointCap endpoint, ulong label, scoped ReadOnlySpan<ulong> words, scoped ReadOnlySpan<ulong> capabilities)
    {
        long start = Stopwatch.GetTimestamp();
        // Listeners are told before the message is put where the thread's next system call takes it from.
        Activity? activity = Begin(endpoint, Synchronous, label, words.Length * sizeof(ulong));
        try
        {
            ReceivedMessage reply = endpoint.CallUnwatched(label, words, capabilities);
            activity?.SetTag("rel4.response_bytes", reply.Words.Length * sizeof(ulong));
            Record(endpoint, Synchronous, start, error: null);
            return reply;
        }
        catch (Exception failure)
        {
            Fail(activity, failure);
            Record(endpoint, Synchronous, start, failure);
            throw;
        }
        finally
        {
            activity?.Dispose();
        }
    }

    private static Activity? Begin(EndpointCap endpoint, string kind, ulong label, int requestBytes) =>
        s_source.StartActivity("rel4.call", ActivityKind.Client)
            ?.SetTag(RuntimeMeter.EndpointTag, RuntimeMeter.NameOf(endpoint.CPtr))
            .SetTag(RuntimeMeter.TaskTag, RuntimeMeter.TaskName)
            .SetTag("rel4.call.kind", kind)
            .SetTag("rel4.label", (long)label)
            .SetTag("rel4.request_bytes", requestBytes);

    private static void Fail(Activity? activity, Exception failure) =>
        activity?.SetTag("error.type", TypeOf(failure)).SetStatus(ActivityStatusCode.Error, failure.Message);

    private static void Record(EndpointCap endpoint, string kind, long start, Exception? error)
    {
        TagList tags = new()
        {
            { RuntimeMeter.EndpointTag, RuntimeMeter.NameOf(endpoint.CPtr) },
            { RuntimeMeter.TaskTag, RuntimeMeter.TaskName },
            { "rel4.call.kind", kind },
        };
        if (error is not null)
        {
            tags.Add("error.type", TypeOf(error));
            RuntimeMeter.CallFailures.Add(1, tags);
        }

        RuntimeMeter.CallDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, tags);
    }

    /// <summary>Names a failure as OpenTelemetry's conventions do: by one of few words, or else by the type of the exception.</summary>
    private static string TypeOf(Exception failure) => failure switch
    {
        TimeoutException => "timeout",
        OperationCanceledException => "cancelled",
        Rel4Exception { ErrorCode: var code } => RuntimeMeter.WordFor(code),
        _ => failure.GetType().FullName!,
    };
}
