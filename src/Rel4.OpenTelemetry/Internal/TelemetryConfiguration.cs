using Microsoft.Extensions.Configuration;

namespace Rel4.OpenTelemetry.Internal;

/// <summary>Reads what OpenTelemetry's specification says of exporters.</summary>
internal static class TelemetryConfiguration
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT", Headers = "OTEL_EXPORTER_OTLP_HEADERS";

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidOperationException">A value makes no sense.</exception>
    public static TelemetryRelayOptions Read(IConfiguration? configuration)
    {
        var options = new TelemetryRelayOptions();
        if (configuration?[Endpoint] is { Length: > 0 } address)
        {
            options.Collector = Uri.TryCreate(address, UriKind.Absolute, out Uri? collector)
                ? collector : throw new InvalidOperationException($"{Endpoint} is '{address}', which is no address.");
        }

        // Values are as in a URL's query.
        foreach (string pair in (configuration?[Headers] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int end = pair.IndexOf('=', StringComparison.Ordinal);
            if (end <= 0)
                throw new InvalidOperationException($"{Headers} has a part without a name and '=': write name=value,name=value.");
            options.Headers[pair[..end].Trim()] = Uri.UnescapeDataString(pair[(end + 1)..].Trim());
        }

        return options;
    }
}
