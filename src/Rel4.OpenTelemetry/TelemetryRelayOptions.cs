namespace Rel4.OpenTelemetry;

/// <summary>Sets where the telemetry of tasks goes, and how much of it.</summary>
public sealed class TelemetryRelayOptions
{
    /// <summary>Gets or sets the collector that takes OTLP over HTTP (usually port 4318): <c>/v1/traces</c>, <c>/v1/metrics</c> and <c>/v1/logs</c> are below it. <c>http://localhost:4318</c> unless set.</summary>
    /// <remarks>In a host it is what the configuration has as <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, as for the host's own telemetry.</remarks>
    public Uri Collector { get; set; } = new("http://localhost:4318");

    /// <summary>Gets the headers that go with each request to the collector, a key for example. Tasks don't see them.</summary>
    /// <remarks>In a host they are what the configuration has as <c>OTEL_EXPORTER_OTLP_HEADERS</c>: <c>name=value,name=value</c>.</remarks>
    public IDictionary<string, string> Headers { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets or sets the <c>service.namespace</c> that is written to all that tasks send; null leaves it to them. In a host it is the host's name unless set.</summary>
    public string? ServiceNamespace { get; set; }

    /// <summary>Gets or sets the bytes of the longest request of a task: 4 MiB unless set.</summary>
    public int MaxRequestBytes { get; set; } = 4 << 20;

    /// <summary>Gets or sets the bytes that each task may send in a second, on average: 1 MiB unless set. So many, or a request of the longest, come at once.</summary>
    public int MaxBytesPerSecond { get; set; } = 1 << 20;

    /// <summary>Gets or sets how long the collector has to answer, before the task is told to come later: 5 seconds unless set.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Checks it.</summary>
    /// <exception cref="ArgumentException">The collector's address is none of HTTP.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A bound is out of its range.</exception>
    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Collector);
        if (!Collector.IsAbsoluteUri || Collector.Scheme is not ("http" or "https"))
            throw new ArgumentException($"The collector is to be an address such as http://localhost:4318, and '{Collector}' is none: this speaks OTLP over HTTP.");
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRequestBytes, 1024);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxRequestBytes, 64 << 20);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBytesPerSecond, 1024);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Timeout, TimeSpan.Zero);
    }
}
