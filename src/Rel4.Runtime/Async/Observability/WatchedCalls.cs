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

    /// <summary>Makes an asynchronous call, and watches it from before its message is written until it ends.</summary>
    public static async Task<IpcResponse> CallAsync(Func<CoTask<IpcResponse>> call, EndpointCap endpoint, ushort label, int requestBytes)
    {
        using var watch = new Watch(endpoint, Asynchronous, label, requestBytes);
        try
        {
            IpcResponse response = await call();
            watch.Complete(response.Length);
            return response;
        }
        catch (Exception failure)
        {
            watch.Fail(failure);
            throw;
        }
    }

    /// <summary>Makes a synchronous call, and watches it.</summary>
    public static ReceivedMessage Call(EndpointCap endpoint, ulong label, scoped ReadOnlySpan<ulong> words, scoped ReadOnlySpan<ulong> capabilities)
    {
        // Listeners are told before the message is put where the thread's next system call takes it from.
        using var watch = new Watch(endpoint, Synchronous, label, words.Length * sizeof(ulong));
        try
        {
            ReceivedMessage reply = endpoint.CallUnwatched(label, words, capabilities);
            watch.Complete(reply.Words.Length * sizeof(ulong));
            return reply;
        }
        catch (Exception failure)
        {
            watch.Fail(failure);
            throw;
        }
    }

    /// <summary>Names a failure as OpenTelemetry's conventions do: by one of few words, or else by the type of the exception.</summary>
    private static string TypeOf(Exception failure) => failure switch
    {
        TimeoutException => "timeout",
        OperationCanceledException => "cancelled",
        Rel4Exception { ErrorCode: var code } => RuntimeMeter.WordFor(code),
        _ => failure.GetType().FullName!,
    };

    /// <summary>One call that is watched.</summary>
    private readonly struct Watch : IDisposable
    {
        private readonly EndpointCap _endpoint;
        private readonly string _kind;
        private readonly Activity? _activity;
        private readonly long _start = Stopwatch.GetTimestamp();

        /// <summary>Begins, before the call does.</summary>
        public Watch(EndpointCap endpoint, string kind, ulong label, int requestBytes)
        {
            (_endpoint, _kind) = (endpoint, kind);
            _activity = s_source.StartActivity("rel4.call", ActivityKind.Client)
                ?.SetTag(RuntimeMeter.EndpointTag, RuntimeMeter.NameOf(endpoint.CPtr))
                .SetTag(RuntimeMeter.TaskTag, RuntimeMeter.TaskName)
                .SetTag("rel4.call.kind", kind)
                .SetTag("rel4.label", (long)label)
                .SetTag("rel4.request_bytes", requestBytes);
        }

        /// <summary>Tells that it was answered.</summary>
        public void Complete(int responseBytes)
        {
            _activity?.SetTag("rel4.response_bytes", responseBytes);
            Record(Tags());
        }

        /// <summary>Tells that it failed.</summary>
        public void Fail(Exception failure)
        {
            _activity?.SetTag("error.type", TypeOf(failure)).SetStatus(ActivityStatusCode.Error, failure.Message);
            TagList tags = Tags();
            tags.Add("error.type", TypeOf(failure));
            RuntimeMeter.CallFailures.Add(1, tags);
            Record(tags);
        }

        public void Dispose() => _activity?.Dispose();

        private TagList Tags() => new()
        {
            { RuntimeMeter.EndpointTag, RuntimeMeter.NameOf(_endpoint.CPtr) },
            { RuntimeMeter.TaskTag, RuntimeMeter.TaskName },
            { "rel4.call.kind", _kind },
        };

        private void Record(in TagList tags) => RuntimeMeter.CallDuration.Record(Stopwatch.GetElapsedTime(_start).TotalSeconds, tags);
    }
}
